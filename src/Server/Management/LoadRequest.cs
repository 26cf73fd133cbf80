using System.Text.Json.Serialization;

namespace Thaw.Server.Management;

internal sealed record LoadRequest([property: JsonPropertyName("model_name")] string? ModelName, [property: JsonPropertyName("url")] string? Url);
