namespace Thaw.TestModels.Bert;

public sealed partial record BertOptions
{
    /// <summary>About 1 MB: 2 layers of 64.</summary>
    public static BertOptions Tiny { get; } = new();

    /// <summary>About 1 MB in DistilBERT's form, the only preset without a name for the command line.</summary>
    public static BertOptions TinyDistilBert { get; } = new() { Architecture = BertArchitecture.DistilBert };

    /// <summary>About 45 MB: 4 layers of 256 with BERT's vocabulary size.</summary>
    public static BertOptions Mini { get; } = new()
    {
        VocabularySize = 30522, HiddenSize = 256, Layers = 4, Heads = 4, FeedForwardSize = 1024, MaxPositions = 512,
    };

    /// <summary>About 438 MB: the shape of bert-base-uncased, 12 layers of 768.</summary>
    public static BertOptions BertBase { get; } = new()
    {
        VocabularySize = 30522, HiddenSize = 768, Layers = 12, Heads = 12, FeedForwardSize = 3072, MaxPositions = 512,
    };

    /// <summary>About 268 MB: the shape of distilbert-base-uncased, 6 layers of 768.</summary>
    public static BertOptions DistilBert { get; } = BertBase with { Architecture = BertArchitecture.DistilBert, Layers = 6 };

    public static IReadOnlyDictionary<string, BertOptions> Presets { get; } = new Dictionary<string, BertOptions>
    {
        ["tiny"] = Tiny,
        ["mini"] = Mini,
        ["distilbert"] = DistilBert,
        ["bert-base"] = BertBase,
    };

    /// <summary>
    /// Tiny models in every form that this project writes, each under its <see cref="Name"/>. All of one architecture and
    /// activation give the same logits (token types 0 where one has none, padding on the right where the mask is lengths).
    /// </summary>
    public static IEnumerable<BertOptions> AllVariants => Tiny.Forms().Concat(TinyDistilBert.Forms());

    /// <summary>Tiny models with int8 weights, whose logits are only close to the others'.</summary>
    public static IEnumerable<BertOptions> QuantizedVariants =>
        from options in (BertOptions[])
        [
            Tiny, Tiny with { Opset = 17, ExternalData = true }, TinyDistilBert, Tiny with { TokenTypes = false, Float16Logits = true },
        ]
        from quantization in (Quantization[])[Quantization.PerTensor, Quantization.PerChannel]
        select options with { Quantization = quantization };

    /// <summary>Describes the form in words that suit a directory name: "bert-exported-opset14-int64-types".</summary>
    public string Name => string.Join('-', NameParts());

    private IEnumerable<BertOptions> Forms()
    {
        foreach (int opset in (int[])[14, 17])
            foreach (bool int32 in (bool[])[false, true])
                foreach (bool types in Architecture == BertArchitecture.Bert ? (bool[])[true, false] : [false])
                {
                    BertOptions plain = this with { Opset = opset, Int32Inputs = int32, TokenTypes = types };
                    yield return plain;
                    foreach (FusedMask mask in Enum.GetValues<FusedMask>())
                        foreach (bool embeddings in (bool[])[true, false])
                            yield return plain with { Style = BertStyle.Fused, FusedMask = mask, FusedEmbeddings = embeddings };
                }

        foreach (BertStyle style in Enum.GetValues<BertStyle>())
        {
            BertOptions plain = this with { Style = style };
            yield return plain with { Float16Logits = true };
            yield return plain with { ExternalData = true };
            yield return plain with { ExternalData = true, Float16Logits = true, Int32Inputs = true, Opset = 17 };
            yield return plain with { PackedIntegers = true };
            yield return plain with { Activation = Activation.GeluTanh };
        }
    }

    private IEnumerable<string> NameParts()
    {
        yield return Architecture == BertArchitecture.Bert ? "bert" : "distilbert";
        yield return Style == BertStyle.Exported ? "exported" : "fused";
        yield return $"opset{Opset}";
        yield return Int32Inputs ? "int32" : "int64";
        if (HasTokenTypeInput) yield return "types";
        if (Style == BertStyle.Fused)
        {
            yield return FusedMask == FusedMask.Raw ? "rawmask" : "lengths";
            yield return FusedEmbeddings ? "embednode" : "embedplain";
        }

        if (Activation == Activation.GeluTanh) yield return "tanh";
        if (Float16Logits) yield return "float16";
        if (ExternalData) yield return "external";
        if (PackedIntegers) yield return "packed";
        if (Quantization != Quantization.None) yield return Quantization == Quantization.PerTensor ? "int8" : "int8channels";
    }
}
