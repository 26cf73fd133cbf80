using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Reads the long lists of the model section (pieces with ids, pieces with scores, merges), which make up nearly all of a tokenizer.json,
/// many times faster than a general JSON reader.
/// </summary>
/// <param name="json">The whole file, known to be UTF-8.</param>
/// <param name="at">Position after the opening bracket.</param>
/// <param name="place">Name of the list, for messages; empty if it is the whole file.</param>
internal ref struct ModelScanner(string fileName, ReadOnlySpan<byte> json, int at, string place)
{
    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("+-.0123456789Ee"u8);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at = at;

    /// <summary>Position of the closing bracket, once the list is read.</summary>
    public readonly int Position => _at;

    /// <summary><c>"piece": id, …}</c></summary>
    public void ReadIds(PieceList pieces)
    {
        for (bool more = !IsNext((byte)'}'); more; more = HasMore((byte)'}'))
        {
            Piece piece = ReadText(pieces);
            Expect((byte)':');
            pieces.Add(piece with { Id = ReadId() });
        }
    }

    /// <summary><c>["piece", score], …]</c>. A piece's id is its index in the list.</summary>
    public void ReadScores(PieceList pieces, ref double[] scores)
    {
        int count = 0;
        for (bool more = !IsNext((byte)']'); more; more = HasMore((byte)']'))
        {
            Expect((byte)'[');
            Piece piece = ReadText(pieces);
            Expect((byte)',');
            if (count == scores.Length)
                Pool.Grow(ref scores, count, count + 1);
            scores[count] = ReadScore();
            pieces.Add(piece with { Id = count++ });
            Expect((byte)']');
        }
    }

    /// <summary><c>"left right", …]</c> or <c>["left", "right"], …]</c>. Adds two pieces per merge, without ids.</summary>
    public void ReadMerges(PieceList pieces)
    {
        for (bool more = !IsNext((byte)']'); more; more = HasMore((byte)']'))
        {
            if (IsNext((byte)'['))
            {
                _at++;
                pieces.Add(ReadText(pieces));
                Expect((byte)',');
                pieces.Add(ReadText(pieces));
                Expect((byte)']');
                continue;
            }

            Piece both = ReadText(pieces);
            ReadOnlySpan<byte> text = pieces.Text(both);
            // The first line of a merges.txt; some files still have it.
            if (text.StartsWith("#version"u8))
                continue;
            int space = text.IndexOf((byte)' ');
            if (space < 0 || text[(space + 1)..].Contains((byte)' '))
                throw Error("a merge must be two pieces with one space between them.");
            pieces.Add(both with { Length = space });
            pieces.Add(new Piece(both.Offset + space + 1, both.Length - space - 1, 0));
        }
    }

    private Piece ReadText(PieceList pieces)
    {
        Expect((byte)'"');
        int start = _at;
        bool escaped = false;
        while (true)
        {
            _at = EndOfUnescapedText(_at);
            if (_at == _json.Length || _json[_at] < 0x20)
                throw Damaged("a string is not closed");
            if (_json[_at] == '"')
                break;
            escaped = true;
            _at = Math.Min(_at + 2, _json.Length);
        }

        ReadOnlySpan<byte> text = _json[start.._at++];
        if (text.Length > Vocabulary.MaxPieceLength)
            throw Error($"a piece has {text.Length} bytes, more than any piece can have. Copy the file again.");
        return escaped ? pieces.Store(Unescape(_json[(start - 1).._at])) : pieces.Store(text);
    }

    /// <summary>Position of the next quote, backslash or control character, or the end.</summary>
    private readonly int EndOfUnescapedText(int at)
    {
        for (; at + Vector128<byte>.Count <= _json.Length; at += Vector128<byte>.Count)
        {
            Vector128<byte> text = Vector128.Create(_json[at..]);
            uint ends = (Vector128.Equals(text, Vector128.Create((byte)'"')) | Vector128.Equals(text, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(text, Vector128.Create((byte)0x20))).ExtractMostSignificantBits();
            if (ends != 0)
                return at + BitOperations.TrailingZeroCount(ends);
        }

        while (at < _json.Length && _json[at] is >= 0x20 and not (byte)'"' and not (byte)'\\')
            at++;
        return at;
    }

    private readonly byte[] Unescape(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        try
        {
            reader.Read();
            var text = new byte[quoted.Length];
            return text[..reader.CopyString(text)];
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFileException(fileName, Place, JsonPlace.HalfSurrogate, e);
        }
        catch (JsonException e)
        {
            throw new TokenizerFileException(fileName, Place, $"a string is damaged: {e.Message}", e);
        }
    }

    private int ReadId()
    {
        SkipWhiteSpace();
        long id = 0;
        int start = _at;
        while (_at < _json.Length && (uint)(_json[_at] - '0') < 10 && id <= int.MaxValue)
            id = 10 * id + (_json[_at++] - '0');
        bool whole = _at > start && id <= int.MaxValue && (_json[start] != '0' || _at == start + 1);
        if (!whole || (_at < _json.Length && _json[_at] is (byte)'.' or (byte)'e' or (byte)'E'))
            throw Error($"expected a whole number from 0 to {int.MaxValue} as the id.");
        return (int)id;
    }

    private double ReadScore()
    {
        SkipWhiteSpace();
        ReadOnlySpan<byte> rest = _json[_at..];
        int length = rest.IndexOfAnyExcept(NumberBytes);
        ReadOnlySpan<byte> number = length < 0 ? rest : rest[..length];
        if (!DecimalNumber.TryParse(number, out double score))
            throw Error("expected a finite number as the score.");
        _at += number.Length;
        return score;
    }

    private bool HasMore(byte close)
    {
        if (IsNext(close))
            return false;
        Expect((byte)',');
        return true;
    }

    private bool IsNext(byte value)
    {
        SkipWhiteSpace();
        return _at < _json.Length && _json[_at] == value;
    }

    private void Expect(byte value)
    {
        if (!IsNext(value))
            throw Damaged($"expected '{(char)value}'");
        _at++;
    }

    private void SkipWhiteSpace()
    {
        while (_at < _json.Length && _json[_at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            _at++;
    }

    private readonly string Place => $"{place}{(place.Length == 0 ? "" : ", ")}line {FileReader.Line(_json, _at)}, byte {_at}";

    private readonly TokenizerFileException Error(string reason) => new(fileName, Place, reason);

    private readonly TokenizerFileException Damaged(string reason) => Error($"the JSON is damaged: {reason}. Copy the file again.");
}
