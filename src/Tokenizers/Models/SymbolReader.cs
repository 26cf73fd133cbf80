using System.Text;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>Finds the initial symbols of a word: one for each character, or for each byte with a byte-level vocabulary.</summary>
internal sealed class SymbolReader
{
    private const int None = -1;

    // In bytes: enough for one character between a prefix and a suffix (BpeJson.LongestAffix).
    private const int MaxAffixes = 256;

    private readonly BpeVocabulary _vocabulary;
    private readonly BpeOptions _options;

    // The pieces of single bytes: all 256 with a byte-level vocabulary, otherwise only ASCII.
    private readonly int[] _bytes = new int[256];
    private readonly int[] _fallbacks = [];
    private readonly bool _hasAffixes;

    public SymbolReader(BpeVocabulary vocabulary, BpeOptions options)
    {
        _vocabulary = vocabulary;
        _options = options;
        _hasAffixes = options.ContinuingPrefix.Length + options.EndSuffix.Length > 0;
        if (options.ByteFallback)
            _fallbacks = new int[256];
        for (int value = 0; value < 256; value++)
        {
            _bytes[value] = vocabulary.TryFind([(byte)value], out int id) ? id : None;
            if (options.ByteFallback)
                _fallbacks[value] = vocabulary.TryGetId(Encoding.UTF8.GetBytes($"<0x{value:X2}>"), out id) ? id : None;
        }

        KnowsAllBytes = vocabulary.IsByteLevel && !_hasAffixes && !_bytes.Contains(None);
        SkipsBytes = vocabulary.IsByteLevel && !KnowsAllBytes && options.UnknownId is null;
    }

    /// <summary>Whether there is a piece for every byte of any text.</summary>
    public bool KnowsAllBytes { get; }

    /// <summary>Whether bytes without a piece are skipped; the lengths of symbols are then those in the byte-level alphabet.</summary>
    public bool SkipsBytes { get; }

    /// <summary>Reads the symbols of a word.</summary>
    /// <param name="symbols">At least as long as the word.</param>
    /// <returns>Number of symbols.</returns>
    public int Read(ReadOnlySpan<byte> word, Span<Symbol> symbols)
    {
        if (KnowsAllBytes)
        {
            for (int i = 0; i < word.Length; i++)
                symbols[i] = new Symbol(_bytes[word[i]], 1);
            return word.Length;
        }

        int count = 0;
        // Bytes of unknown characters whose token has not been added yet.
        int unknown = 0;
        int length;
        for (int at = 0; at < word.Length; at += length)
        {
            length = _vocabulary.IsByteLevel ? 1 : Utf8Text.LengthFrom(word[at]);
            ReadOnlySpan<byte> character = word.Slice(at, length);
            int id = IdOf(character, isFirst: at == 0, isLast: at + length == word.Length);
            if (id != None)
            {
                Flush(symbols, ref count, ref unknown);
                symbols[count++] = new Symbol(id, SkipsBytes ? ByteAlphabet.LengthOf(word[at]) : length);
            }
            else if (HasFallback(character))
            {
                // As in the reference, these come before the token of unknown characters that has not been added yet.
                foreach (byte value in character)
                    symbols[count++] = new Symbol(_fallbacks[value], 1);
            }
            else if (_options.UnknownId is not null)
            {
                if (!_options.FuseUnknown)
                    Flush(symbols, ref count, ref unknown);
                unknown += length;
            }
        }

        Flush(symbols, ref count, ref unknown);
        return count;
    }

    private void Flush(Span<Symbol> symbols, ref int count, ref int unknown)
    {
        if (unknown > 0)
            symbols[count++] = new Symbol(_options.UnknownId!.Value, unknown);
        unknown = 0;
    }

    private int IdOf(ReadOnlySpan<byte> character, bool isFirst, bool isLast)
    {
        int id;
        if (!_hasAffixes)
        {
            if (character.Length == 1)
                return _bytes[character[0]];
            return _vocabulary.TryFind(character, out id) ? id : None;
        }

        ReadOnlySpan<byte> prefix = isFirst ? [] : _options.ContinuingPrefix;
        ReadOnlySpan<byte> suffix = isLast ? _options.EndSuffix : [];
        Span<byte> piece = stackalloc byte[MaxAffixes];
        prefix.CopyTo(piece);
        character.CopyTo(piece[prefix.Length..]);
        suffix.CopyTo(piece[(prefix.Length + character.Length)..]);
        return _vocabulary.TryFind(piece[..(prefix.Length + character.Length + suffix.Length)], out id) ? id : None;
    }

    private bool HasFallback(ReadOnlySpan<byte> character)
    {
        if (_fallbacks.Length == 0)
            return false;
        foreach (byte value in character)
        {
            if (_fallbacks[value] == None)
                return false;
        }

        return true;
    }
}
