using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Finds and reads a model's tokenizer files as AutoTokenizer does: tokenizer.json if there is one, else vocab.txt,
/// and over both what tokenizer_config.json says. Lengths in tokenizer.json (truncation, padding) are not used: the
/// caller's span is the length.
/// </summary>
public static class TokenizerFiles
{
    /// <summary>Any one of these makes a directory a tokenizer's; for messages.</summary>
    public const string Names = TokenizerJson.FileName + ", " + VocabularyText.FileName;

    // Classes whose vocab.txt means the same. Others use the same name for something else (a Japanese one splits words first).
    private static readonly string[] VocabularyClasses =
        ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer", "LxmertTokenizer", "LayoutLMTokenizer", "RetriBertTokenizer", "SqueezeBertTokenizer"];

    /// <exception cref="TokenizerFileException">Names the file, the place in it, and what is wrong there.</exception>
    public static Tokenizer Load(string directory)
    {
        TokenizerConfig config = TokenizerConfig.Read(directory);
        if (ModelFile.TryRead(directory, TokenizerJson.FileName) is { } json)
            return new Tokenizer(TokenizerJson.Read(json, config));
        if (ModelFile.TryRead(directory, VocabularyText.FileName) is { } text)
            return new Tokenizer(FromVocabulary(text, config));
        throw new TokenizerFileException(Names, "", $"{directory} holds none of these. Save the model's tokenizer beside the model.");
    }

    private static TokenizerParts FromVocabulary(byte[] text, TokenizerConfig config)
    {
        if (config.TokenizerClass is { } name && !VocabularyClasses.Contains(name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name))
            throw new TokenizerFileException(TokenizerConfig.FileName, "tokenizer_class", $"\"{name}\" is not supported with a vocab.txt alone. Save the fast tokenizer, which writes tokenizer.json.");

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
            StripAccents: config.StripAccents is { IsNull: false } strip ? strip.Flag() : null,
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
