using System.Text.Json.Serialization;

namespace Thaw.Server.Management;

/// <param name="Variant">Which of several ONNX files to serve; null for what the model's directory says.</param>
internal sealed record LoadRequest(
    [property: JsonPropertyName("model_name")] string? ModelName,
    [property: JsonPropertyName("url")] string? Url,
    [property: JsonPropertyName("variant")] string? Variant = null);
