using System.Text;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Scratch;

/// <summary>
/// Valid UTF-8 on its way from the request to the token model, and, for callers that want offsets, where each byte came from.
/// A stage reads one buffer and writes another; then the two are swapped.
/// </summary>
internal sealed class TextBuffer
{
    /// <summary>Bytes after the text that may be read, with undefined content, so that whole vectors can be loaded.</summary>
    public const int Padding = 64;

    private const int LongestUtf8 = 4;

    private byte[] _bytes = [];
    private Origin[] _origins = [];

    public int Length { get; private set; }

    /// <summary>Whether origins are kept; the same for all buffers of a call.</summary>
    public bool Tracks { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The text, followed by <see cref="Padding"/> undefined bytes.</summary>
    public ReadOnlySpan<byte> PaddedBytes => _bytes.AsSpan(0, Length + Padding);

    public ReadOnlySpan<Origin> Origins => _origins.AsSpan(0, Tracks ? Length : 0);

    public void Clear(bool tracks)
    {
        Length = 0;
        Tracks = tracks;
        Reserve(0);
    }

    /// <summary>Origin of the bytes from <paramref name="start"/> to <paramref name="end"/>; default if origins are not kept.</summary>
    public Origin OriginOf(int start, int end) => Tracks && start < end ? new Origin(_origins[start].Start, _origins[end - 1].End) : default;

    /// <summary>Appends original text. Invalid bytes become U+FFFD, one for each maximal subpart.</summary>
    /// <param name="offset">Where this part begins in the whole text.</param>
    public void AppendGiven(ReadOnlySpan<byte> text, int offset)
    {
        if (!Utf8.IsValid(text))
        {
            AppendRepaired(text, offset);
            return;
        }

        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(Length));
        if (Tracks)
        {
            for (int at = 0; at < text.Length;)
            {
                int length = Utf8Text.LengthFrom(text[at]);
                _origins.AsSpan(Length + at, length).Fill(new Origin(offset + at, offset + at + length));
                at += length;
            }
        }

        Length += text.Length;
    }

    public void Append(int scalar, Origin origin)
    {
        Reserve(LongestUtf8);
        int length = new Rune(scalar).EncodeToUtf8(_bytes.AsSpan(Length));
        if (Tracks)
            _origins.AsSpan(Length, length).Fill(origin);
        Length += length;
    }

    public void AppendAscii(byte character, Origin origin)
    {
        Reserve(1);
        _bytes[Length] = character;
        if (Tracks)
            _origins[Length] = origin;
        Length++;
    }

    /// <summary>Appends bytes that all have the same origin.</summary>
    public void Append(ReadOnlySpan<byte> utf8, Origin origin)
    {
        Reserve(utf8.Length);
        utf8.CopyTo(_bytes.AsSpan(Length));
        if (Tracks)
            _origins.AsSpan(Length, utf8.Length).Fill(origin);
        Length += utf8.Length;
    }

    /// <summary>Appends a part of another buffer unchanged, with its origins.</summary>
    public void Append(TextBuffer other, int start, int end)
    {
        Reserve(end - start);
        other._bytes.AsSpan(start, end - start).CopyTo(_bytes.AsSpan(Length));
        if (Tracks)
            other._origins.AsSpan(start, end - start).CopyTo(_origins.AsSpan(Length));
        Length += end - start;
    }

    /// <summary>Appends a character of another buffer with a space on either side; the spaces get its origin.</summary>
    public void AppendBetweenSpaces(TextBuffer other, int start, int end)
    {
        int length = end - start + 2;
        Reserve(length);
        Span<byte> room = _bytes.AsSpan(Length, length);
        room[0] = room[^1] = (byte)' ';
        for (int i = start; i < end; i++)
            room[i - start + 1] = other._bytes[i];
        if (Tracks)
            _origins.AsSpan(Length, length).Fill(other.OriginOf(start, end));
        Length += length;
    }

    /// <summary>Space for <paramref name="length"/> bytes and the padding after the text; <see cref="Commit"/> makes them part of the text.</summary>
    public Span<byte> ReserveBytes(int length)
    {
        Reserve(length);
        return _bytes.AsSpan(Length, length + Padding);
    }

    /// <summary>Makes bytes that were written after the text part of it. Their origins are those of the bytes of <paramref name="other"/> from
    /// <paramref name="start"/> on, one by one.</summary>
    public void Commit(int length, TextBuffer other, int start)
    {
        if (Tracks)
            other._origins.AsSpan(start, length).CopyTo(_origins.AsSpan(Length));
        Length += length;
    }

    /// <summary>Returns arrays that only a long text needs to the shared pool.</summary>
    public void Trim(int mostBytes)
    {
        if (_bytes.Length > mostBytes)
            Pool.Release(ref _bytes);
        if (_origins.Length > mostBytes)
            Pool.Release(ref _origins);
        Length = 0;
    }

    private void AppendRepaired(ReadOnlySpan<byte> text, int offset)
    {
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf8(text[at..], out Rune rune, out int length);
            Append(rune.Value, new Origin(offset + at, offset + at + length));
            at += length;
        }
    }

    private void Reserve(int more)
    {
        if (Length + more + Padding > _bytes.Length)
            Pool.Grow(ref _bytes, Length, Length + more + Padding);
        if (Tracks && Length + more > _origins.Length)
            Pool.Grow(ref _origins, Length, Length + more);
    }
}
