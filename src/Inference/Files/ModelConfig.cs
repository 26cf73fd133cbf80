using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thaw.Inference.Files;

/// <summary>What of a Hugging Face config.json matters for serving.</summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";

    // A hundred thousand labels, named both ways, take some ten. It is read before any memory is reserved.
    private const int MaxBytes = 32 << 20;

    private static readonly string[] PositionsAfterPadding =
        ["roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "data2vec-text", "ibert", "longformer", "mpnet", "xmod"];

    public IReadOnlyList<string> Architectures { get; init; } = [];

    public string? ProblemType { get; init; }

    /// <summary>Tokens that the position embeddings suffice for; null when the file names no number.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>The name of each class, by its number; empty when the file has none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public static Result<ModelConfig> Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            using FileStream file = File.OpenRead(path);
            if (!file.CanSeek || file.Length > MaxBytes) return Broken($"it has to be a file of {MaxBytes >> 20} MiB at most");
            var bytes = new byte[file.Length];
            return Parse(bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)));
        }
        catch (FileNotFoundException)
        {
            return Broken("it is missing; it names the architecture and the labels");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Broken(exception.Message);
        }
    }

    internal static Result<ModelConfig> Parse(ReadOnlySpan<byte> utf8)
    {
        ConfigFile? file;
        try
        {
            file = JsonSerializer.Deserialize(utf8, ConfigJson.Default.ConfigFile);
        }
        catch (JsonException exception)
        {
            return Broken(exception.Message);
        }

        if (file is null) return Broken("it holds null");
        if (file.Architectures?.Contains(null) is true) return Broken("architectures has to hold names");
        var labels = new string[file.IdToLabel?.Count ?? 0];
        foreach ((string id, string label) in file.IdToLabel ?? [])
        {
            if (!int.TryParse(id, out int index) || index < 0 || index >= labels.Length || labels[index] is not null || label is null)
                return Broken($"id2label has to name the classes 0 to {labels.Length - 1} once each, and '{id}' is not right");
            labels[index] = label;
        }

        long? positions = Positions(file);
        if (positions is < 3 or > int.MaxValue) return Broken($"max_position_embeddings has to leave 3 positions at least, not {positions}");
        return new ModelConfig
        {
            Architectures = file.Architectures?.OfType<string>().ToArray() ?? [],
            ProblemType = file.ProblemType,
            MaxPositions = (int?)positions,
            Labels = labels,
        };
    }

    // Models of RoBERTa's family count positions from behind the padding token's id: transformers' create_position_ids_from_input_ids.
    private static long? Positions(ConfigFile file) => file.ModelType is { } type && PositionsAfterPadding.Contains(type)
        ? (long?)file.MaxPositionEmbeddings - (file.PadTokenId ?? 1) - 1
        : file.MaxPositionEmbeddings;

    private static InferenceError Broken(string reason) => new(InferenceErrorKind.InvalidModel, $"{FileName}: {reason}.");
}

internal sealed record ConfigFile
{
    [JsonPropertyName("architectures")]
    public string?[]? Architectures { get; init; }

    [JsonPropertyName("problem_type")]
    public string? ProblemType { get; init; }

    [JsonPropertyName("model_type")]
    public string? ModelType { get; init; }

    [JsonPropertyName("pad_token_id")]
    public int? PadTokenId { get; init; }

    [JsonPropertyName("max_position_embeddings")]
    public int? MaxPositionEmbeddings { get; init; }

    [JsonPropertyName("id2label")]
    public Dictionary<string, string>? IdToLabel { get; init; }
}

[JsonSerializable(typeof(ConfigFile))]
internal sealed partial class ConfigJson : JsonSerializerContext;
