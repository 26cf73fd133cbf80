namespace Thaw.TestModels.Bert;

/// <summary>
/// What to write. Shape, activation and seed decide the logits; everything from <see cref="Style"/> on only decides the
/// form of the file. Defaults are those of <see cref="Tiny"/>.
/// </summary>
public sealed partial record BertOptions
{
    /// <summary>Rows of the token type embeddings.</summary>
    public const int TokenTypeCount = 2;

    public BertArchitecture Architecture { get; init; } = BertArchitecture.Bert;

    /// <summary>Pieces in vocab.txt and rows of the word embeddings.</summary>
    public int VocabularySize { get; init; } = 2000;

    public int HiddenSize { get; init; } = 64;

    public int Layers { get; init; } = 2;

    /// <summary>Attention heads; divides <see cref="HiddenSize"/>.</summary>
    public int Heads { get; init; } = 4;

    public int FeedForwardSize { get; init; } = 256;

    /// <summary>Longest sequence in tokens.</summary>
    public int MaxPositions { get; init; } = 128;

    public int Labels { get; init; } = 3;

    public Activation Activation { get; init; } = Activation.Gelu;

    public int Seed { get; init; } = 1;

    public BertStyle Style { get; init; } = BertStyle.Exported;

    /// <summary>14 to 17; LayerNormalization is one node in 17 and eleven below.</summary>
    public int Opset { get; init; } = 14;

    /// <summary>Inputs int32 [batch, sequence] instead of int64.</summary>
    public bool Int32Inputs { get; init; }

    /// <summary>A last Cast makes the logits float16 instead of float32.</summary>
    public bool Float16Logits { get; init; }

    /// <summary>Whether token_type_ids is an input; if not, all types are 0. DistilBERT, which has none, ignores it.</summary>
    public bool TokenTypes { get; init; } = true;

    /// <summary>Large tensors in one file beside the model, "model.onnx_data" for "model.onnx".</summary>
    public bool ExternalData { get; init; }

    public FusedMask FusedMask { get; init; } = FusedMask.Raw;

    /// <summary>Exported graphs only. Logits are then close to those of the other forms, not equal to them.</summary>
    public Quantization Quantization { get; init; } = Quantization.None;

    /// <summary>Whether a fused graph begins with EmbedLayerNormalization, or with Gather, Add and LayerNormalization.</summary>
    public bool FusedEmbeddings { get; init; } = true;

    /// <summary>Repeated integers packed, as writers generated from onnx.proto3 do; PyTorch does not.</summary>
    public bool PackedIntegers { get; init; }

    /// <summary>The config's problem_type: null, or one of Hugging Face's three names.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Whether the graph has the input token_type_ids.</summary>
    public bool HasTokenTypeInput => TokenTypes && Architecture == BertArchitecture.Bert;

    /// <summary>Whether a mask may only have zeros at its end.</summary>
    public bool PadsOnRightOnly => Style == BertStyle.Fused && FusedMask == FusedMask.Lengths;

    /// <summary>The graph's inputs in their order, all [batch, sequence].</summary>
    public IReadOnlyList<string> InputNames =>
        HasTokenTypeInput ? ["input_ids", "attention_mask", "token_type_ids"] : ["input_ids", "attention_mask"];

    /// <exception cref="ArgumentException">What is wrong, and what to give instead.</exception>
    internal void Validate()
    {
        Require(VocabularySize >= VocabularyFile.MinimumSize,
            $"A vocabulary of {VocabularySize} has no room for the special tokens and characters: give {VocabularyFile.MinimumSize} or more.");
        Require(Math.Min(Math.Min(HiddenSize, Layers), Math.Min(Heads, FeedForwardSize)) > 0 && Math.Min(MaxPositions, Labels) > 0,
            "Sizes, layers, heads, positions and labels start at 1.");
        Require(HiddenSize % Heads == 0, $"{Heads} heads do not divide a hidden size of {HiddenSize}: give a divisor.");
        Require(Opset is >= 14 and <= 17, $"Opset {Opset} is not supported: give 14, 15, 16 or 17.");
        Require(Quantization == Quantization.None || Style == BertStyle.Exported,
            "Only an exported graph can be quantized: leave out the fused style or the quantization.");
        Require(ProblemType is null or "single_label_classification" or "multi_label_classification" or "regression",
            $"Problem type '{ProblemType}' is unknown: give single_label_classification, multi_label_classification or regression.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new ArgumentException(message);
    }
}
