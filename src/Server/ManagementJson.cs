using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thaw.Server;

internal sealed record LoadRequest([property: JsonPropertyName("model_name")] string? ModelName, [property: JsonPropertyName("url")] string? Url);

internal sealed record StatusResponse(string Status);

internal sealed record ErrorResponse(int Code, string Type, string Message);

internal sealed record ListedModel(string ModelName, string ModelUrl);

internal sealed record ListResponse(IReadOnlyList<ListedModel> Models, string? NextPageToken);

internal sealed record DescribedModel(
    string ModelName, string ModelUrl, string Task, int MaxTokens, int Labels, double LoadMilliseconds, long ReservedBytes, long Invocations);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadRequest))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(ListResponse))]
[JsonSerializable(typeof(DescribedModel))]
internal sealed partial class ManagementJson : JsonSerializerContext
{
    /// <summary>Writes names and messages as they are; nothing here goes into a web page.</summary>
    public static ManagementJson Plain => s_plain ??= new ManagementJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // Not made with the class: the generated half may initialise its Default after this half.
    private static ManagementJson? s_plain;
}
