using System.Text.Json;

namespace Thaw.Inference.Files;

/// <summary>What serving needs from a Hugging Face config.json.</summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";

    /// <summary>The id of padding, for the models whose positions begin behind it, if the file names none.</summary>
    public const int DefaultPadTokenId = 1;

    // 100,000 labels in id2label and label2id take about 10 MB. The file is read before any memory is reserved.
    private const int MaxBytes = 32 << 20;

    private static readonly string[] PositionsAfterPadding =
        ["roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "data2vec-text", "ibert", "longformer", "mpnet", "xmod"];

    public IReadOnlyList<string> Architectures { get; init; } = [];

    public string? ProblemType { get; init; }

    /// <summary>The id of the padding token; null if the file names none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Whether the position of the first token is the padding token's id plus one, as of RoBERTa.</summary>
    public bool PositionsFollowPadding { get; init; }

    /// <summary>Tokens that have position embeddings; null if the file does not say.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>The name of each class, by its number; empty if the file has no names.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public static Result<ModelConfig> Read(string directory) =>
        SmallFile.Read(directory, FileName, MaxBytes).TryGet(out byte[]? utf8, out InferenceError? unread) ? Parse(utf8) : unread;

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

        if (file is null) return Broken("it contains only null");
        if (file.Architectures?.Contains(null) is true) return Broken("architectures must contain only names");
        var labels = new string[file.IdToLabel?.Count ?? 0];
        foreach ((string id, string label) in file.IdToLabel ?? [])
        {
            if (!int.TryParse(id, out int index) || index < 0 || index >= labels.Length || labels[index] is not null || label is null)
                return Broken($"id2label must name each class from 0 to {labels.Length - 1} once; '{id}' does not fit");
            labels[index] = label;
        }

        long? positions = Positions(file);
        if (positions is < 3 or > int.MaxValue) return Broken($"max_position_embeddings must leave at least 3 positions, not {positions}");
        return new ModelConfig
        {
            Architectures = file.Architectures?.OfType<string>().ToArray() ?? [],
            ProblemType = file.ProblemType,
            PadTokenId = file.PadTokenId,
            PositionsFollowPadding = FollowsPadding(file),
            MaxPositions = (int?)positions,
            Labels = labels,
        };
    }

    // RoBERTa-like models number positions from the padding token's id plus one (create_position_ids_from_input_ids in transformers).
    private static bool FollowsPadding(ConfigFile file) => file.ModelType is { } type && PositionsAfterPadding.Contains(type);

    private static long? Positions(ConfigFile file) => FollowsPadding(file)
        ? (long?)file.MaxPositionEmbeddings - (file.PadTokenId ?? DefaultPadTokenId) - 1
        : file.MaxPositionEmbeddings;

    private static InferenceError Broken(string reason) => new(InferenceErrorKind.InvalidModel, $"{FileName}: {reason}.");
}
