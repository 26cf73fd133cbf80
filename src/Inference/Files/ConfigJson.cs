using System.Text.Json.Serialization;

namespace Thaw.Inference.Files;

[JsonSerializable(typeof(ConfigFile))]
internal sealed partial class ConfigJson : JsonSerializerContext;
