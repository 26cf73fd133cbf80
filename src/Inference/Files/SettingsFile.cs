using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thaw.Inference.Files;

/// <summary>The fields of thaw.json.</summary>
internal sealed record SettingsFile
{
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    // It must have a setter: the generated code cannot set it with the others.
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
