using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// Byte pair encoding: the characters or bytes of a word are merged pair by pair, by rank. Most words are pieces that the merges produce;
/// whether they do is determined when such a word first occurs, and from then on it costs one look-up.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    // What is known about a piece as a word. Several threads may determine it, with the same result.
    private const byte Unseen = 0;
    private const byte MakesItself = 1;
    private const byte MakesOthers = 2;

    private readonly BpeVocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly SymbolReader _symbols;
    private readonly bool _ignoreMerges;
    private readonly bool _findsWords;
    private readonly byte[] _words;

    /// <param name="wordIds">Number of ids, from 0, that are looked up as words; 0 if the ids are too sparse or not distinct.</param>
    public BpeModel(BpeVocabulary vocabulary, MergeTable merges, SymbolReader symbols, BpeOptions options, int wordIds)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _symbols = symbols;
        _ignoreMerges = options.IgnoreMerges;
        _words = new byte[wordIds];
        _findsWords = _ignoreMerges || (wordIds > 0 && options.ContinuingPrefix.Length == 0 && options.EndSuffix.Length == 0);
    }

    public override string Kind => "BPE";

    public override int Count => _vocabulary.Count;

    public override int HighestId => _vocabulary.HighestId;

    public override bool TryGetId(ReadOnlySpan<byte> piece, out int id) => _vocabulary.TryGetId(piece, out id);

    public override bool TryWritePiece(int id, IBufferWriter<byte> output) => _vocabulary.TryWrite(id, output);

    public override Spaces SpacesOf(int id) => _vocabulary.SpacesOf(id);

    public override void Tokenize(TextBuffer text, int start, int end, TokenList tokens, ModelScratch scratch)
    {
        ReadOnlySpan<byte> word = text.Bytes[start..end];
        int id = -1;
        bool isPiece = _findsWords && _vocabulary.TryFind(word, out id);
        if (isPiece && (_ignoreMerges || _words[id] == MakesItself))
        {
            tokens.Add(id, text, start, end);
            return;
        }

        Span<Symbol> symbols = scratch.Merge.Symbols(word.Length);
        symbols = symbols[.._symbols.Read(word, symbols)];
        symbols = symbols[..SymbolMerger.Merge(_merges, symbols, scratch.Merge)];
        if (isPiece && _words[id] == Unseen)
            _words[id] = symbols.Length == 1 && symbols[0].Id == id ? MakesItself : MakesOthers;
        if (_symbols.SkipsBytes && tokens.Tracks)
            AddShifted(symbols, text, start, word, tokens);
        else
            Add(symbols, text, start, tokens);
    }

    private static void Add(ReadOnlySpan<Symbol> symbols, TextBuffer text, int start, TokenList tokens)
    {
        foreach (Symbol symbol in symbols)
        {
            tokens.Add(symbol.Id, text, start, start + symbol.Length);
            start += symbol.Length;
        }
    }

    /// <summary>
    /// Adds the tokens of a byte-level word from which bytes may have been skipped. The reference adds up their lengths from the start of
    /// the word nevertheless, in the byte-level alphabet, where half of the bytes take two.
    /// </summary>
    private static void AddShifted(ReadOnlySpan<Symbol> symbols, TextBuffer text, int start, ReadOnlySpan<byte> word, TokenList tokens)
    {
        int at = 0;
        int after = ByteAlphabet.LengthOf(word[0]);
        int position = 0;
        foreach (Symbol symbol in symbols)
        {
            int first = ByteAt(position, word, ref at, ref after);
            position += symbol.Length;
            int last = ByteAt(position - 1, word, ref at, ref after);
            tokens.Add(symbol.Id, text, start + first, start + last + 1);
        }
    }

    /// <summary>The byte of the word that is at a position in the byte-level alphabet.</summary>
    /// <param name="at">The byte that was found last.</param>
    /// <param name="after">Where it ends in the byte-level alphabet.</param>
    private static int ByteAt(int position, ReadOnlySpan<byte> word, ref int at, ref int after)
    {
        while (after <= position)
            after += ByteAlphabet.LengthOf(word[++at]);
        return at;
    }
}
