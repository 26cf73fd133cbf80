using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thaw.Server.Management;

internal sealed record LoadRequest([property: JsonPropertyName("model_name")] string? ModelName, [property: JsonPropertyName("url")] string? Url);

internal sealed record StatusResponse(string Status);

internal sealed record ErrorResponse(int Code, string Type, string Message);

internal sealed record ListedModel(string ModelName, string ModelUrl);

internal sealed record ListResponse(IReadOnlyList<ListedModel> Models, string? NextPageToken);

/// <param name="Tier">0 while the weights are used as they lie in the file, 1 once they are packed.</param>
internal sealed record DescribedModel(
    string ModelName,
    string ModelUrl,
    string Task,
    int MaxTokens,
    int Labels,
    int Tier,
    double LoadMilliseconds,
    LoadPhases LoadPhases,
    long PrivateBytes,
    long MappedBytes,
    long Invocations);

/// <summary>Milliseconds of a load's steps; the tokenizer is read beside the graph and the session.</summary>
internal sealed record LoadPhases(double Files, double Graph, double Session, double Tokenizer);

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
