namespace Thaw.Inference.Files;

/// <summary>What serving needs from a Hugging Face config.json.</summary>
public sealed record ModelConfig
{
    public const string FileName = "config.json";

    /// <summary>The list of a model's steps beside it, which sentence-transformers writes.</summary>
    public const string ModulesFileName = "modules.json";

    /// <summary>The id of padding, for the models whose positions begin behind it, if the file names none.</summary>
    public const int DefaultPadTokenId = 1;

    // 100,000 labels in id2label and label2id take about 10 MB. The file is read before any memory is reserved.
    private const int MaxBytes = 32 << 20;

    // Far more than classifiers have. A file must not make the server keep names and scores for any number of labels.
    internal const int MostLabels = 100_000;

    private static readonly string[] PositionsAfterPadding =
        ["roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "data2vec-text", "ibert", "longformer", "mpnet", "xmod"];

    public IReadOnlyList<string> Architectures { get; init; } = [];

    public string? ModelType { get; init; }

    public string? ProblemType { get; init; }

    /// <summary>The class whose function a cross-encoder of sentence-transformers applies to its logits, such as torch.nn.modules.linear.Identity.</summary>
    public string? ActivationFunction { get; init; }

    /// <summary>Whether the position of the first token is the padding token's id plus one, as of RoBERTa.</summary>
    public bool PositionsFollowPadding { get; init; }

    /// <summary>Tokens that have position embeddings; null if the file does not say.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>The token that texts are padded with; null if the file does not say, or says that there is none.</summary>
    public int? PadTokenId { get; init; }

    public int? VocabularySize { get; init; }

    /// <summary>The tokenizer's class, for models whose tokenizer_config.json does not name it.</summary>
    public string? TokenizerClass { get; init; }

    /// <summary>The name of each class, by its number; empty if the file has no names.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Number of classes; null if the file does not say.</summary>
    public int? LabelCount { get => Labels.Count > 0 ? Labels.Count : field; init; }

    /// <summary>Whether the directory has a <see cref="ModulesFileName"/>.</summary>
    public bool HasModules { get; init; }

    public static Result<ModelConfig> Read(string directory)
    {
        if (!SmallFile.Read(directory, FileName, MaxBytes).TryGet(out byte[]? utf8, out InferenceError? unread)) return unread;
        return Parse(utf8).TryGet(out ModelConfig? config, out InferenceError? broken)
            ? config with { HasModules = File.Exists(Path.Combine(directory, ModulesFileName)) }
            : broken;
    }


    internal static Result<ModelConfig> Parse(ReadOnlySpan<byte> utf8)
    {
        using ConfigJson? json = ConfigJson.TryParse(utf8, out string? problem);
        if (json is null) return Broken(problem!);
        int? padding = json.WholeNumber("pad_token_id") is >= 0 and var id ? id : null;
        string? type = json.Text("model_type");
        // RoBERTa-like models number positions from the padding token's id plus one (create_position_ids_from_input_ids in transformers).
        bool followsPadding = type is not null && PositionsAfterPadding.Contains(type);
        long? positions = json.WholeNumber("max_position_embeddings") ?? json.WholeNumber("n_positions");
        if (followsPadding) positions -= (padding ?? DefaultPadTokenId) + 1L;
        string[] labels = ModelLabels.Read(json);
        var config = new ModelConfig
        {
            Architectures = json.Texts("architectures"),
            ModelType = type,
            ProblemType = json.Text("problem_type"),
            ActivationFunction = json.Text("sentence_transformers", "activation_fn") ?? json.Text("sbert_ce_default_activation_function"),
            PositionsFollowPadding = followsPadding,
            MaxPositions = (int?)positions,
            PadTokenId = padding,
            VocabularySize = json.WholeNumber("vocab_size"),
            TokenizerClass = json.Text("tokenizer_class"),
            Labels = labels,
            LabelCount = json.WholeNumber("num_labels"),
        };
        if (positions is < 3 or > int.MaxValue) json.Wrong("max_position_embeddings", $"large enough for 3 positions at least, not {positions}");
        if (config.LabelCount is < 1 or > MostLabels) json.Wrong("num_labels", $"from 1 to {MostLabels}");
        // Settings of Japanese tokenizers, which split words with programs of their own.
        RequireText(json, "word_tokenizer_type", "basic");
        RequireText(json, "subword_tokenizer_type", "wordpiece");
        return json.Problem is null ? config : Broken(json.Problem);
    }

    private static void RequireText(ConfigJson json, string name, string supported)
    {
        if (json.Text(name) is { } text && text != supported) json.Wrong(name, $"{supported}, not {text}, which is not supported");
    }

    private static InferenceError Broken(string reason) => new(InferenceErrorKind.InvalidModel, $"{FileName}: {reason}.");
}
