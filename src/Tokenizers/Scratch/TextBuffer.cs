using System.Text;
using System.Text.Unicode;

namespace Thaw.Tokenizers.Scratch;

/// <summary>
/// Valid UTF-8 on its way from the request to the model, and, for callers who want offsets, where each byte came from.
/// The stages read one buffer and write another, which then change places.
/// </summary>
internal sealed class TextBuffer
{
    /// <summary>Bytes behind the text that may be read, and hold anything: vectors are loaded whole.</summary>
    public const int Padding = 64;

    private const int LongestUtf8 = 4;

    private byte[] _bytes = [];
    private Origin[] _origins = [];

    public int Length { get; private set; }

    /// <summary>Whether origins are kept. The same for all buffers of a call.</summary>
    public bool Tracks { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The text and <see cref="Padding"/> bytes more.</summary>
    public ReadOnlySpan<byte> PaddedBytes => _bytes.AsSpan(0, Length + Padding);

    public ReadOnlySpan<Origin> Origins => _origins.AsSpan(0, Tracks ? Length : 0);

    public void Clear(bool tracks)
    {
        Length = 0;
        Tracks = tracks;
        Reserve(0);
    }

    /// <summary>Origin of the bytes from <paramref name="start"/> to <paramref name="end"/>; nothing when origins are not kept.</summary>
    public Origin OriginOf(int start, int end) => Tracks && start < end ? new Origin(_origins[start].Start, _origins[end - 1].End) : default;

    /// <summary>Appends text as it was given. Invalid bytes become U+FFFD, one for each maximal subpart.</summary>
    /// <param name="offset">Where the text begins within all of the text.</param>
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

    /// <summary>Appends a part of another buffer as it stands there.</summary>
    public void Append(TextBuffer other, int start, int end)
    {
        Reserve(end - start);
        other._bytes.AsSpan(start, end - start).CopyTo(_bytes.AsSpan(Length));
        if (Tracks)
            other._origins.AsSpan(start, end - start).CopyTo(_origins.AsSpan(Length));
        Length += end - start;
    }

    /// <summary>Appends a character of another buffer with a space on either side, which both have its origin.</summary>
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

    /// <summary>Room for <paramref name="length"/> bytes and the padding behind the text; <see cref="Commit"/> takes them into the text.</summary>
    public Span<byte> ReserveBytes(int length)
    {
        Reserve(length);
        return _bytes.AsSpan(Length, length + Padding);
    }

    /// <summary>Takes bytes that were written behind the text into it, which came, byte for byte, from <paramref name="start"/> on of another buffer.</summary>
    public void Commit(int length, TextBuffer other, int start)
    {
        if (Tracks)
            other._origins.AsSpan(start, length).CopyTo(_origins.AsSpan(Length));
        Length += length;
    }

    /// <summary>Gives back what only a long text needs.</summary>
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
