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

    /// <summary>The same, as names of files.</summary>
    public static IReadOnlyList<string> Alternatives { get; } = [TokenizerJson.FileName, VocabularyText.FileName];

    // Classes whose vocab.txt means the same. Other classes use this file name for something else (a Japanese one splits words first).
    private static readonly string[] VocabularyClasses =
    [
        "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer", "LxmertTokenizer", "LayoutLMTokenizer",
        "RetriBertTokenizer", "SqueezeBertTokenizer",
    ];

    /// <summary>Loads the tokenizer of a directory.</summary>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public static Tokenizer Load(string directory) => Read(directory).Parse();

    /// <summary>
    /// Identifies the tokenizer of a directory without parsing its vocabulary, or keeping it in memory: many times faster than loading it.
    /// </summary>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be read, or tokenizer_config.json cannot be used.</exception>
    public static TokenizerKey Recognize(string directory)
    {
        var reader = new FileReader(directory);
        // It decides which other files count.
        TokenizerConfig.Read(reader);
        return reader.TryHash(TokenizerJson.FileName) || reader.TryHash(VocabularyText.FileName) ? reader.Key : throw None(directory);
    }

    /// <summary>Reads the files of a directory.</summary>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public static TokenizerSource Read(string directory)
    {
        var reader = new FileReader(directory);
        TokenizerConfig config = TokenizerConfig.Read(reader);
        byte[]? json = reader.TryRead(TokenizerJson.FileName);
        byte[] file = json ?? reader.TryRead(VocabularyText.FileName) ?? throw None(directory);
        return new TokenizerSource(reader.Key, config, file, isJson: json is not null);
    }

    /// <inheritdoc cref="Read(string)"/>
    /// <param name="expected">What <see cref="Recognize"/> returned; refuses files that have changed since then.</param>
    public static TokenizerSource Read(string directory, TokenizerKey expected)
    {
        TokenizerSource source = Read(directory);
        return source.Key == expected
            ? source
            : throw new TokenizerFileException(Names, "", "the files changed while they were being read. Load the model again.");
    }

    private static TokenizerFileException None(string directory) =>
        new(Names, "", $"{directory} has none of these files. Save the model's tokenizer in the same directory as the model.");

    internal static TokenizerParts FromVocabulary(byte[] text, TokenizerConfig config)
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
