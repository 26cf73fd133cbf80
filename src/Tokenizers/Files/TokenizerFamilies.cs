using Thaw.Tokenizers.AddedTokens;

namespace Thaw.Tokenizers.Files;

/// <summary>Which classes and models belong to a family, which files it reads, and which special tokens it has if the files name none.</summary>
internal static class TokenizerFamilies
{
    public const string Advice =
        "Save a tokenizer.json beside it, with AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of the Python package transformers.";

    private static readonly string[] ByteLevel = ["vocab.json", "merges.txt"];

    /// <summary>Files of tokenizers that cannot be read without knowing the class; for messages.</summary>
    public static readonly string[] FilesWithoutClass =
        ["vocab.json", "sentencepiece.bpe.model", "sentencepiece.model", "spiece.model", "spm.model", "tokenizer.model"];

    /// <summary>The family of a class; null if only its tokenizer.json can be read.</summary>
    public static TokenizerFamily? OfClass(string name) => (name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name) switch
    {
        // Other classes use vocab.txt for something else (a Japanese one splits words first).
        "BertTokenizer" or "DistilBertTokenizer" or "ElectraTokenizer" or "MobileBertTokenizer" or "ConvBertTokenizer" or "LxmertTokenizer"
            or "LayoutLMTokenizer" or "RetriBertTokenizer" or "SqueezeBertTokenizer" => TokenizerFamily.WordPiece,
        "RobertaTokenizer" or "LongformerTokenizer" or "BartTokenizer" or "LEDTokenizer" => TokenizerFamily.Roberta,
        "DebertaTokenizer" => TokenizerFamily.Deberta,
        "GPT2Tokenizer" => TokenizerFamily.Gpt2,
        "XLMRobertaTokenizer" => TokenizerFamily.XlmRoberta,
        "CamembertTokenizer" => TokenizerFamily.Camembert,
        "AlbertTokenizer" => TokenizerFamily.Albert,
        "BigBirdTokenizer" => TokenizerFamily.BigBird,
        "DebertaV2Tokenizer" => TokenizerFamily.DebertaV2,
        "T5Tokenizer" or "MT5Tokenizer" => TokenizerFamily.T5,
        _ => null,
    };

    /// <summary>Whether it is known which class the reference picks for a model_type of config.json if none is named.</summary>
    /// <param name="family">The family of that class; null if only its tokenizer.json can be read.</param>
    public static bool IsKnown(string modelType, out TokenizerFamily? family)
    {
        family = modelType switch
        {
            "roberta" or "roberta-prelayernorm" or "data2vec-text" or "ibert" or "longformer" or "bart" or "led" => TokenizerFamily.Roberta,
            "deberta" => TokenizerFamily.Deberta,
            "gpt2" or "gpt_neo" => TokenizerFamily.Gpt2,
            "xlm-roberta" or "xlm-roberta-xl" or "xmod" => TokenizerFamily.XlmRoberta,
            "camembert" => TokenizerFamily.Camembert,
            "albert" => TokenizerFamily.Albert,
            "big_bird" => TokenizerFamily.BigBird,
            "deberta-v2" => TokenizerFamily.DebertaV2,
            "t5" or "mt5" or "umt5" or "longt5" => TokenizerFamily.T5,
            _ => null,
        };
        // These have a vocab.txt, but use it in another way than BERT.
        return family is not null || modelType is "mpnet" or "funnel" or "roformer" or "splinter";
    }

    /// <summary>The files that a family is read from, all of which must exist.</summary>
    public static string[] FilesOf(TokenizerFamily family) => family switch
    {
        TokenizerFamily.Json => [TokenizerJson.FileName],
        TokenizerFamily.WordPiece => [VocabularyText.FileName],
        TokenizerFamily.Roberta or TokenizerFamily.Deberta or TokenizerFamily.Gpt2 => ByteLevel,
        TokenizerFamily.XlmRoberta or TokenizerFamily.Camembert => ["sentencepiece.bpe.model"],
        TokenizerFamily.DebertaV2 => ["spm.model"],
        _ => ["spiece.model"],
    };

    /// <summary>The special tokens of a family by their names, as the classes define them.</summary>
    public static IEnumerable<(string Name, AddedToken Token)> Defaults(TokenizerFamily family)
    {
        (string? bos, string? eos, string? unknown, string? sep, string? pad, string? cls, string? mask) = family switch
        {
            TokenizerFamily.WordPiece => (null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"),
            TokenizerFamily.Gpt2 => ("<|endoftext|>", "<|endoftext|>", "<|endoftext|>", null, null, null, null),
            TokenizerFamily.Albert => ("[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"),
            TokenizerFamily.BigBird => ("<s>", "</s>", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"),
            TokenizerFamily.Deberta or TokenizerFamily.DebertaV2 => ("[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"),
            TokenizerFamily.T5 => (null, "</s>", "<unk>", null, "<pad>", null, null),
            _ => ((string?)"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"),
        };
        // These behave like a word, with the space before it.
        bool stripsMask = family is not (TokenizerFamily.WordPiece or TokenizerFamily.DebertaV2);
        ReadOnlySpan<(string Name, string? Content)> all =
        [
            ("bos_token", bos), ("eos_token", eos), ("unk_token", unknown), ("sep_token", sep), ("pad_token", pad), ("cls_token", cls), ("mask_token", mask),
        ];
        var tokens = new List<(string, AddedToken)>();
        foreach ((string name, string? content) in all)
        {
            if (content is not null)
                tokens.Add((name, new AddedToken(content) { Special = true, StripLeft = name == "mask_token" && stripsMask }));
        }

        return tokens;
    }
}
