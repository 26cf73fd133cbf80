using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Finds and reads tokenizer files as AutoTokenizer does: tokenizer.json if it exists, otherwise vocab.txt, both overridden by
/// tokenizer_config.json. The lengths in tokenizer.json (truncation, padding) are ignored: the caller's span decides the length.
/// </summary>
public static class TokenizerFiles
{
    /// <summary>The files that a tokenizer can be loaded from, each of them on its own; for messages.</summary>
    public const string Names = TokenizerJson.FileName + ", " + VocabularyText.FileName;

    // Classes whose vocab.txt means the same. Other classes use this file name for something else (a Japanese one splits words first).
    private static readonly string[] VocabularyClasses =
    [
        "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer", "LxmertTokenizer", "LayoutLMTokenizer",
        "RetriBertTokenizer", "SqueezeBertTokenizer",
    ];

    /// <summary>Loads the tokenizer of a directory.</summary>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public static Tokenizer Load(string directory)
    {
        TokenizerConfig config = TokenizerConfig.Read(directory);
        if (FileBytes.TryRead(directory, TokenizerJson.FileName) is { } json)
            return new Tokenizer(TokenizerJson.Read(json, config));
        if (FileBytes.TryRead(directory, VocabularyText.FileName) is { } text)
            return new Tokenizer(FromVocabulary(text, config));
        throw new TokenizerFileException(Names, "", $"{directory} has none of these files. Save the model's tokenizer in the same directory as the model.");
    }

    private static TokenizerParts FromVocabulary(byte[] text, TokenizerConfig config)
    {
        if (config.TokenizerClass is { } name && !VocabularyClasses.Contains(name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name))
        {
            string reason = $"\"{name}\" is not supported with only a vocab.txt. Save the fast tokenizer, which writes tokenizer.json.";
            throw new TokenizerFileException(TokenizerConfig.FileName, "tokenizer_class", reason);
        }

        config.UseBertNames();
        Vocabulary vocabulary = VocabularyText.Read(text, "##"u8.ToArray());
        string unknown = config.Named("unk_token")!;
        if (!vocabulary.TryGetId(Encoding.UTF8.GetBytes(unknown), out int unknownId))
            throw WordPieceJson.NoUnknown(VocabularyText.FileName, "", unknown);
        var model = new WordPieceModel(vocabulary, unknownId, maxCharsPerWord: 100);
        var added = new AddedVocabulary(model, config.AllTokens());
        var normalizer = new BertNormalizer(new BertNormalizerOptions(
            CleanText: true,
            HandleChineseChars: config.ChineseChars ?? true,
            StripAccents: config.StripAccents is { IsAbsent: false } strip ? strip.Flag() : null,
            Lowercase: config.LowerCase ?? true));
        PostProcessor processor = PostProcessorJson.Bert(added.Id(config.Named("cls_token")!), added.Id(config.Named("sep_token")!));
        return new TokenizerParts(model, [normalizer], [new BertPreTokenizer()], added.Tokens, processor)
        {
            Decoders = DecoderJson.Bert(),
            MaxLength = config.MaxLength,
            PadId = added.Id(config.Named("pad_token")!),
            TruncatesLeft = config.TruncatesLeft,
        };
    }
}
