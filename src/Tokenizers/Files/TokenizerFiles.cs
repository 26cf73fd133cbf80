using System.Text;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Finds and reads tokenizer files as AutoTokenizer does: tokenizer.json if it exists, otherwise the files of the tokenizer's class, all of
/// them overridden by tokenizer_config.json. The lengths in tokenizer.json (truncation, padding) are ignored: the caller's span decides the length.
/// </summary>
public static class TokenizerFiles
{
    /// <summary>The usual files that a tokenizer can be loaded from, each of them on its own; for messages.</summary>
    public const string Names = TokenizerJson.FileName + ", " + VocabularyText.FileName;

    /// <summary>A directory with any of these has a tokenizer.</summary>
    public static IReadOnlyList<string> Alternatives { get; } = [TokenizerJson.FileName, VocabularyText.FileName, .. TokenizerFamilies.FilesWithoutClass];

    private const string ConfigName = "config.json";

    /// <summary>Loads the tokenizer of a directory.</summary>
    /// <param name="hint">What config.json says about it.</param>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public static Tokenizer Load(string directory, TokenizerHint hint = default) => Read(directory, hint).Parse();

    /// <summary>
    /// Identifies the tokenizer of a directory without parsing its vocabulary, or keeping it in memory: many times faster than loading it.
    /// </summary>
    /// <param name="hint">What config.json says about it.</param>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be read, or tokenizer_config.json cannot be used.</exception>
    public static TokenizerKey Recognize(string directory, TokenizerHint hint = default)
    {
        var reader = new FileReader(directory);
        Open(reader, directory, TokenizerConfig.Read(reader), hint, keep: false);
        return reader.Key;
    }

    /// <summary>Reads the files of a directory.</summary>
    /// <param name="hint">What config.json says about it.</param>
    /// <exception cref="TokenizerFileException">A file is missing or cannot be used.</exception>
    public static TokenizerSource Read(string directory, TokenizerHint hint = default)
    {
        var reader = new FileReader(directory);
        TokenizerConfig config = TokenizerConfig.Read(reader);
        (TokenizerFamily family, byte[][] files) = Open(reader, directory, config, hint, keep: true);
        return new TokenizerSource(reader.Key, config, family, files);
    }

    /// <inheritdoc cref="Read(string, TokenizerHint)"/>
    /// <param name="expected">What <see cref="Recognize"/> returned; refuses files that have changed since then.</param>
    public static TokenizerSource Read(string directory, TokenizerHint hint, TokenizerKey expected)
    {
        TokenizerSource source = Read(directory, hint);
        return source.Key == expected
            ? source
            : throw new TokenizerFileException(Names, "", "the files changed while they were being read. Load the model again.");
    }

    /// <summary>Reads the files that decide the tokenizer, and no others.</summary>
    /// <param name="keep">False to read them only for the reader's key.</param>
    private static (TokenizerFamily Family, byte[][] Files) Open(
        FileReader reader, string directory, TokenizerConfig config, TokenizerHint hint, bool keep)
    {
        if (reader.TryRead(TokenizerJson.FileName, keep) is { } json)
            return (TokenizerFamily.Json, [json]);
        Source? source =
            config.TokenizerClass is { } name ? new Source(TokenizerConfig.FileName, "tokenizer_class", name, TokenizerFamilies.OfClass(name))
            : hint.TokenizerClass is { } modelName ? new Source(ConfigName, "tokenizer_class", modelName, TokenizerFamilies.OfClass(modelName))
            : hint.ModelType is { } type && TokenizerFamilies.IsKnown(type, out TokenizerFamily? byModel) ? new Source(ConfigName, "model_type", type, byModel)
            : null;
        reader.Note($"{source?.Family}");
        if (source?.Family is { } family and not TokenizerFamily.WordPiece && ReadAll(reader, family, keep) is { } files)
            return (family, files);
        if (reader.TryRead(VocabularyText.FileName, keep) is { } text)
        {
            // Only BERT's classes save this file, whatever the model is, and the few that IsKnown knows without a family.
            bool isBerts = source is null or { Family: TokenizerFamily.WordPiece } or { Setting: "model_type", Family: not null };
            return isBerts ? (TokenizerFamily.WordPiece, [text]) : throw Refuse(VocabularyText.FileName, source);
        }

        string? other = TokenizerFamilies.FilesWithoutClass.FirstOrDefault(file => reader.TryReadBytes(file, keep: false) is not null);
        throw other is null ? None(directory) : Refuse(other, source);
    }

    /// <summary>The files of a family; null if none of them exists.</summary>
    private static byte[][]? ReadAll(FileReader reader, TokenizerFamily family, bool keep)
    {
        string[] names = TokenizerFamilies.FilesOf(family);
        byte[]?[] files =
        [
            .. names.Select(name => name.EndsWith(".model", StringComparison.Ordinal) ? reader.TryReadBytes(name, keep) : reader.TryRead(name, keep)),
        ];
        if (files.All(file => file is null))
            return null;
        int missing = Array.IndexOf(files, null);
        return missing < 0
            ? [.. files.OfType<byte[]>()]
            : throw new TokenizerFileException(names[missing], "", $"the file is missing; {names[1 - missing]} needs it. Copy it from the model.");
    }

    private static TokenizerFileException None(string directory) =>
        new(Names, "", $"{directory} has none of these files. Save the model's tokenizer in the same directory as the model.");

    /// <param name="file">A file that exists.</param>
    /// <param name="source">What the tokenizer is, if any file says so.</param>
    private static TokenizerFileException Refuse(string file, Source? source) => source is null
        ? new(file, "", $"neither tokenizer_config.json nor config.json names the tokenizer_class that it is for. {TokenizerFamilies.Advice}")
        : new(source.FileName, source.Setting, $"\"{source.Name}\" is not supported with only {file}. {TokenizerFamilies.Advice}");

    internal static TokenizerParts FromVocabulary(byte[] text, TokenizerConfig config)
    {
        config.UseDefaults(TokenizerFamilies.Defaults(TokenizerFamily.WordPiece));
        Vocabulary vocabulary = VocabularyText.Read(text, "##"u8.ToArray());
        string unknown = config.Named("unk_token")!;
        if (!vocabulary.TryGetId(Encoding.UTF8.GetBytes(unknown), out int unknownId))
            throw WordPieceJson.NoUnknown(VocabularyText.FileName, "", unknown);
        var model = new WordPieceModel(vocabulary, unknownId, maxCharsPerWord: 100);
        var special = new SpecialTokens(VocabularyText.FileName, model, config, []);
        var normalizer = new BertNormalizer(new BertNormalizerOptions(
            CleanText: true,
            HandleChineseChars: config.ChineseChars ?? true,
            StripAccents: config.StripAccents is { IsAbsent: false } strip ? strip.Flag() : null,
            Lowercase: config.LowerCase ?? true));
        PostProcessor processor = PostProcessorJson.Bert(special.Id(config.Named("cls_token")!), special.Id(config.Named("sep_token")!));
        return new TokenizerParts(model, [normalizer], [new BertPreTokenizer()], special.Tokens, processor)
        {
            Decoders = DecoderJson.Bert(),
            MaxLength = config.MaxLength,
            PadId = special.PadId,
            TruncatesLeft = config.TruncatesLeft,
        };
    }

    /// <summary>What says which class a tokenizer is of.</summary>
    private sealed record Source(string FileName, string Setting, string Name, TokenizerFamily? Family);
}
