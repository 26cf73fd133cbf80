using System.Runtime.InteropServices;

namespace Thaw.Reference;

/// <summary>Reads an answer's int32 values in order.</summary>
internal sealed class IntegerReader(byte[] answer)
{
    private int _at;

    public bool AtEnd => _at == answer.Length;

    public int Next() => Next(1)[0];

    public int[] Next(int count)
    {
        int[] values = MemoryMarshal.Cast<byte, int>(answer.AsSpan(_at, count * sizeof(int))).ToArray();
        _at += count * sizeof(int);
        return values;
    }
}
