using Thaw.Tokenizers.Decoders;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// vocab.json with merges.txt: byte-level BPE. What else a tokenizer.json would say follows from the class, as in the converters of the
/// reference's transformers (RobertaConverter, DebertaConverter, GPT2Converter).
/// </summary>
internal static class ByteLevelFiles
{
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";

    public static TokenizerParts Read(TokenizerFamily family, byte[] vocabulary, byte[] merges, TokenizerConfig config)
    {
        BpeModel model = ReadModel(vocabulary, merges);
        config.UseDefaults(TokenizerFamilies.Defaults(family));
        var special = new SpecialTokens(VocabularyName, model, config, []);
        bool addPrefixSpace = config.AddPrefixSpace ?? false;
        PostProcessor processor = family switch
        {
            TokenizerFamily.Roberta => PostProcessorJson.Roberta(special.Id(config.Named("cls_token")!), special.Id(config.Named("sep_token")!)) with
            {
                Trim = config.Find("trim_offsets")?.Flag() ?? true ? new OffsetTrim(addPrefixSpace) : null,
            },
            TokenizerFamily.Deberta => PostProcessorJson.Bert(special.Id("[CLS]"), special.Id("[SEP]")),
            _ when config.Find("add_bos_token")?.Flag() ?? false => PostProcessorJson.Prefix(special.Id(config.Named("bos_token")!)),
            _ => PostProcessorJson.None,
        };
        return new TokenizerParts(model, [], [new ByteLevelPreTokenizer(addPrefixSpace, useRegex: true)], special.Tokens, processor)
        {
            Decoders = [new ByteLevelDecoder()],
            MaxLength = config.MaxLength,
            PadId = special.PadId,
            TruncatesLeft = config.TruncatesLeft,
        };
    }

    private static BpeModel ReadModel(byte[] vocabularyJson, byte[] mergesText)
    {
        using var pieces = new PieceList();
        ReadVocabulary(vocabularyJson, pieces);
        var vocabulary = new BpeVocabulary(pieces, isByteLevel: true);
        using var merges = new PieceList();
        ReadMerges(mergesText, merges);
        MergeTable table = new MergesFile(MergesName, Line, mayRepeat: false).Resolve(merges, pieces, vocabulary, prefixLength: 0);
        var options = new BpeOptions();
        return new BpeModel(vocabulary, table, new SymbolReader(vocabulary, options), options, BpeJson.WordIds(pieces));
    }

    private static void ReadVocabulary(byte[] json, PieceList pieces)
    {
        int start = json.AsSpan().IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || json[start] != '{')
            throw new TokenizerFileException(VocabularyName, "byte 0", "expected an object that maps pieces to ids.");
        pieces.ReserveBytes(json.Length / 2);
        var scanner = new ModelScanner(VocabularyName, json, start + 1, "");
        scanner.ReadIds(pieces);
        int end = scanner.Position + 1;
        if (json.AsSpan(end).ContainsAnyExcept(" \t\r\n"u8))
            throw new TokenizerFileException(VocabularyName, $"byte {end}", "there is more text after the object. Copy the file again.");
        if (pieces.Count == 0)
            throw new TokenizerFileException(VocabularyName, "", "the vocabulary is empty. Copy the model's vocab.json again.");
    }

    // The reference drops the first line and what is after the last line feed, whatever they are, so that a merge there would not count.
    private static void ReadMerges(byte[] text, PieceList merges)
    {
        ReadOnlySpan<byte> rest = text;
        if (!rest.StartsWith("#version"u8))
            throw new TokenizerFileException(MergesName, Line(-1), "expected a comment that begins with #version. Copy the file again.");
        if (!rest.EndsWith("\n"u8))
            throw new TokenizerFileException(MergesName, $"byte {rest.Length}", "the last line does not end with a line feed. Copy the file again.");
        merges.ReserveBytes(text.Length);
        int rank = -1;
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = rest[..length];
            rest = rest[(length + 1)..];
            if (rank++ < 0)
                continue;
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            int space = line.IndexOf((byte)' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains((byte)' '))
                throw new TokenizerFileException(MergesName, Line(rank - 1), "a merge must be two pieces with one space between them.");
            merges.Add(merges.Store(line[..space]));
            merges.Add(merges.Store(line[(space + 1)..]));
        }
    }

    private static string Line(int rank) => $"line {rank + 2}";
}
