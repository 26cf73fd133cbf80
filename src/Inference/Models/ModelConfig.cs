using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thaw.Inference.Models;

/// <summary>What of a Hugging Face config.json matters for serving.</summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";

    // A hundred thousand labels, named both ways, take some ten. It is read before any memory is reserved.
    private const int MaxBytes = 32 << 20;

    public IReadOnlyList<string> Architectures { get; init; } = [];

    public string? ProblemType { get; init; }

    public int? MaxPositionEmbeddings { get; init; }

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

        if (file.MaxPositionEmbeddings is < 3) return Broken("max_position_embeddings has to be 3 at least");
        return new ModelConfig
        {
            Architectures = file.Architectures?.OfType<string>().ToArray() ?? [],
            ProblemType = file.ProblemType,
            MaxPositionEmbeddings = file.MaxPositionEmbeddings,
            Labels = labels,
        };
    }

    private static InferenceError Broken(string reason) => new(InferenceErrorKind.InvalidModel, $"{FileName}: {reason}.");
}

internal sealed record ConfigFile
{
    [JsonPropertyName("architectures")]
    public string?[]? Architectures { get; init; }

    [JsonPropertyName("problem_type")]
    public string? ProblemType { get; init; }

    [JsonPropertyName("max_position_embeddings")]
    public int? MaxPositionEmbeddings { get; init; }

    [JsonPropertyName("id2label")]
    public Dictionary<string, string>? IdToLabel { get; init; }
}

[JsonSerializable(typeof(ConfigFile))]
internal sealed partial class ConfigJson : JsonSerializerContext;
