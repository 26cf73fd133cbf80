using System.Buffers;
using System.Text;

namespace Thaw.Tokenizers;

/// <summary>Normalized text in one piece, in which added tokens of that kind are looked for.</summary>
internal ref struct TextBuffer : INormalizedSink
{
    private const int LongestUtf8 = 4;
    private byte[] _rented;
    private int _length;

    public TextBuffer(int sizeHint) => _rented = ArrayPool<byte>.Shared.Rent(sizeHint + LongestUtf8);

    public readonly ReadOnlySpan<byte> Text => _rented.AsSpan(0, _length);

    public readonly bool IsFull => false;

    public readonly int LongestRun => int.MaxValue;

    public void AddAscii(byte character)
    {
        Reserve();
        _rented[_length++] = character;
    }

    public void AddLetter(scoped ReadOnlySpan<byte> utf8)
    {
        Reserve();
        utf8.CopyTo(_rented.AsSpan(_length));
        _length += utf8.Length;
    }

    public void Add(int scalar)
    {
        Reserve();
        _length += new Rune(scalar).EncodeToUtf8(_rented.AsSpan(_length));
    }

    public void Dispose()
    {
        byte[] rented = _rented;
        _rented = [];
        if (rented.Length > 0)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private void Reserve()
    {
        if (_length + LongestUtf8 <= _rented.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(_rented.Length * 2);
        Text.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
    }
}
