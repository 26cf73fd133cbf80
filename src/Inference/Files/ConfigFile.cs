using System.Text.Json.Serialization;

namespace Thaw.Inference.Files;

/// <summary>The fields of config.json that <see cref="ModelConfig"/> reads.</summary>
internal sealed record ConfigFile
{
    [JsonPropertyName("architectures")]
    public string?[]? Architectures { get; init; }

    [JsonPropertyName("problem_type")]
    public string? ProblemType { get; init; }

    [JsonPropertyName("model_type")]
    public string? ModelType { get; init; }

    [JsonPropertyName("tokenizer_class")]
    public string? TokenizerClass { get; init; }

    [JsonPropertyName("pad_token_id")]
    public int? PadTokenId { get; init; }

    [JsonPropertyName("max_position_embeddings")]
    public int? MaxPositionEmbeddings { get; init; }

    [JsonPropertyName("id2label")]
    public Dictionary<string, string>? IdToLabel { get; init; }
}
