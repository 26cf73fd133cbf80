using System.Globalization;
using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Decoders;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.PreTokenizers;
using Thaw.Tokenizers.SentencePiece;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// A SentencePiece model file. What else a tokenizer.json would say follows from the class, as in the converters of the reference's transformers
/// (SpmConverter and those that derive from it).
/// </summary>
internal static class SentencePieceFiles
{
    private const int MostExtraIds = 10_000;

    // What stands for a space.
    private static readonly byte[] Space = "▁"u8.ToArray();

    private static readonly string[] UnusedCamembertTokens = ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"];

    public static TokenizerParts Read(TokenizerFamily family, byte[] bytes, TokenizerConfig config)
    {
        string fileName = TokenizerFamilies.FilesOf(family)[0];
        using var file = SentencePieceModel.Read(fileName, bytes);
        int extraIds = family == TokenizerFamily.T5 ? ExtraIds(config) : 0;
        TokenModel model = ReadModel(fileName, family, file, extraIds);
        config.UseDefaults(TokenizerFamilies.Defaults(family));
        if (family == TokenizerFamily.Camembert && config.CountAdditional("") == 0)
            config.UseAdditional(UnusedCamembertTokens);
        var special = new SpecialTokens(fileName, model, config, MarkedTokens(file));
        PrependScheme scheme = Scheme(family, config);
        bool splitsPunctuation = family == TokenizerFamily.DebertaV2 && (config.Find("split_by_punct")?.Flag() ?? false);
        return new TokenizerParts(
            model,
            [.. Normalizers(fileName, family, file, config)],
            [
                .. splitsPunctuation ? [new CharacterSplit(CharacterKind.Punctuation, SplitBehavior.Isolated)] : (PreTokenizer[])[],
                new MetaspacePreTokenizer(Space, scheme, split: true),
            ],
            special.Tokens,
            Processor(family, special))
        {
            Decoders = [new MetaspaceDecoder(Space, scheme != PrependScheme.Never)],
            MaxLength = config.MaxLength,
            PadId = special.PadId,
            TruncatesLeft = config.TruncatesLeft,
        };
    }

    private static TokenModel ReadModel(string fileName, TokenizerFamily family, SentencePieceModel file, int extraIds)
    {
        using var pieces = new ScoredPieces();
        int unknownId = AddPieces(fileName, family, file, extraIds, pieces);
        if (!file.IsBpe)
        {
            return (uint)unknownId < (uint)pieces.List.Count
                ? UnigramModel.Of(pieces.List, pieces.Scores, unknownId, byteFallback: false)
                : throw new TokenizerFileException(
                    fileName, "trainer_spec.unk_id", $"{unknownId} is not the id of a piece: there are {pieces.List.Count}. Copy the file again.");
        }

        var vocabulary = new BpeVocabulary(pieces.List, isByteLevel: false);
        if (!vocabulary.TryGetId(file.UnknownPiece, out unknownId))
            throw WordPieceJson.NoUnknown(fileName, "trainer_spec.unk_piece", Encoding.UTF8.GetString(file.UnknownPiece));
        var options = new BpeOptions { UnknownId = unknownId, FuseUnknown = true };
        MergeTable merges = SentencePieceMerges.Make(fileName, Vocabulary.Of(file.Pieces, []), pieces.List, pieces.Scores, vocabulary);
        return new BpeModel(vocabulary, merges, new SymbolReader(vocabulary, options), options, BpeJson.WordIds(pieces.List));
    }

    /// <summary>Adds the pieces in the order of their ids.</summary>
    /// <returns>Id of the piece for unknown characters, in a model for Unigram.</returns>
    private static int AddPieces(string fileName, TokenizerFamily family, SentencePieceModel file, int extraIds, ScoredPieces pieces)
    {
        if (family is TokenizerFamily.XlmRoberta or TokenizerFamily.Camembert)
            return AddFairseqPieces(fileName, family, file, pieces);
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            ReadOnlySpan<byte> text = file.Pieces.Text(file.Pieces.Pieces[id]);
            pieces.Add(text, family == TokenizerFamily.Albert && EndsWithNumberAndComma(text) ? file.Scores[id] - 100.0 : file.Scores[id]);
        }

        for (int i = extraIds - 1; i >= 0; i--)
            pieces.Add(Encoding.UTF8.GetBytes(ExtraId(i)), 0);
        return file.UnknownId;
    }

    /// <summary>Fairseq, with which these were trained, has its own first tokens and a mask at the end.</summary>
    private static int AddFairseqPieces(string fileName, TokenizerFamily family, SentencePieceModel file, ScoredPieces pieces)
    {
        for (int id = 0; id < 3; id++)
        {
            ReadOnlySpan<byte> expected = id switch { 0 => "<unk>"u8, 1 => "<s>"u8, _ => "</s>"u8 };
            if (id >= file.Pieces.Count || !file.Pieces.Text(file.Pieces.Pieces[id]).SequenceEqual(expected))
            {
                string reason = $"it is not {Encoding.UTF8.GetString(expected)}; programs give the ids of such a file differently.";
                throw new TokenizerFileException(fileName, $"piece {id}", $"{reason} {TokenizerFamilies.Advice}");
            }
        }

        bool isCamembert = family == TokenizerFamily.Camembert;
        pieces.Add(isCamembert ? "<s>NOTUSED"u8 : "<s>"u8, 0);
        pieces.Add("<pad>"u8, 0);
        pieces.Add(isCamembert ? "</s>NOTUSED"u8 : "</s>"u8, 0);
        pieces.Add("<unk>"u8, 0);
        if (isCamembert)
            pieces.Add("<unk>NOTUSED"u8, -100);
        for (int id = isCamembert ? 1 : 3; id < file.Pieces.Count; id++)
            pieces.Add(file.Pieces.Text(file.Pieces.Pieces[id]), file.Scores[id]);
        pieces.Add("<mask>"u8, 0);
        return 3;
    }

    /// <summary>Whether the piece ends with a digit and a comma; ALBERT splits the comma from numbers.</summary>
    private static bool EndsWithNumberAndComma(ReadOnlySpan<byte> text)
    {
        if (!text.EndsWith(","u8) || text.Length < 2)
            return false;
        Rune.DecodeLastFromUtf8(text[..^1], out Rune last, out _);
        return CharUnicodeInfo.GetDigitValue(last.ToString(), 0) >= 0;
    }

    private static IEnumerable<AddedToken> MarkedTokens(SentencePieceModel file)
    {
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            PieceType type = file.Types[id];
            if (type is PieceType.Control or PieceType.UserDefined)
                yield return new AddedToken(Encoding.UTF8.GetString(file.Pieces.Text(file.Pieces.Pieces[id]))) { Special = type == PieceType.Control };
        }
    }

    private static IEnumerable<Normalizer> Normalizers(string fileName, TokenizerFamily family, SentencePieceModel file, TokenizerConfig config)
    {
        if (family == TokenizerFamily.Albert)
        {
            yield return new ReplaceNormalizer("``"u8.ToArray(), "\""u8.ToArray());
            yield return new ReplaceNormalizer("''"u8.ToArray(), "\""u8.ToArray());
            if (!(config.Find("keep_accents")?.Flag() ?? false))
            {
                yield return new UnicodeNormalizer(NormalForm.Nfkd);
                yield return new StripAccentsNormalizer();
            }
        }

        if (family is TokenizerFamily.Albert or TokenizerFamily.DebertaV2 && (config.LowerCase ?? family == TokenizerFamily.Albert))
            yield return new LowercaseNormalizer();
        if (family == TokenizerFamily.DebertaV2)
            yield return new StripNormalizer(left: true, right: true);
        if (!file.Charsmap.IsEmpty)
            yield return new PrecompiledNormalizer(ReadCharsmap(fileName, file));
        if (family is TokenizerFamily.Albert or TokenizerFamily.DebertaV2)
        {
            yield return new ReplaceSpacesNormalizer(anyWhiteSpace: false, shortest: 2, " "u8.ToArray());
            yield break;
        }

        yield return new StripNormalizer(left: false, right: true);
        yield return new ReplaceSpacesNormalizer(anyWhiteSpace: false, shortest: 2, Space);
    }

    private static Charsmap ReadCharsmap(string fileName, SentencePieceModel file) => Charsmap.TryRead(file.Charsmap, out string reason)
        ?? throw new TokenizerFileException(fileName, "normalizer_spec.precompiled_charsmap", $"it is damaged: {reason} Copy the file again.");

    /// <summary>Which words begin with a space that the text does not have.</summary>
    private static PrependScheme Scheme(TokenizerFamily family, TokenizerConfig config)
    {
        bool adds = config.AddPrefixSpace ?? true;
        if (family == TokenizerFamily.T5)
            return !adds ? PrependScheme.Never : config.Find("legacy")?.Flag() ?? true ? PrependScheme.Always : PrependScheme.First;
        if (adds)
            return PrependScheme.Always;
        string reason = $"releases of transformers differ in what false means for this tokenizer_class. {TokenizerFamilies.Advice}";
        throw new TokenizerFileException(TokenizerConfig.FileName, "add_prefix_space", reason);
    }

    private static PostProcessor Processor(TokenizerFamily family, SpecialTokens special) => family switch
    {
        TokenizerFamily.XlmRoberta or TokenizerFamily.Camembert => PostProcessorJson.Roberta(special.Id("<s>"), special.Id("</s>")),
        TokenizerFamily.T5 => PostProcessorJson.Suffix(special.Id("</s>")),
        _ => PostProcessorJson.Bert(special.Id("[CLS]"), special.Id("[SEP]")),
    };

    /// <summary>How many tokens &lt;extra_id_0&gt; and so on T5 has, which the file does not have; names them in the configuration.</summary>
    private static int ExtraIds(TokenizerConfig config)
    {
        JsonPlace? setting = config.Find("extra_ids");
        int count = setting?.Id() ?? 100;
        if (count > MostExtraIds)
            throw setting!.Value.Error($"at most {MostExtraIds} are supported.");
        int listed = config.CountAdditional("<extra_id_");
        if (listed == 0)
            config.UseAdditional(Enumerable.Range(0, count).Select(ExtraId));
        else if (count > 0 && count != listed)
        {
            string reason = $"it names {listed} tokens <extra_id_…>, but extra_ids is {count}. Copy the tokenizer's files again.";
            throw new TokenizerFileException(TokenizerConfig.FileName, "additional_special_tokens", reason);
        }

        return count;
    }

    private static string ExtraId(int number) => $"<extra_id_{number}>";
}
