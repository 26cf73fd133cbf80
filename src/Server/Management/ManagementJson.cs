using System.Text.Json.Serialization;

namespace Thaw.Server.Management;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadRequest))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(ListResponse))]
[JsonSerializable(typeof(DescribedModel))]
internal sealed partial class ManagementJson : JsonSerializerContext;
