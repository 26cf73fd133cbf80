using System.Runtime.CompilerServices;
using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Finds the <see cref="CharClass"/> of characters.</summary>
internal static class CharClasses
{
    private const byte O = (byte)CharClass.Other;
    private const byte L = (byte)CharClass.Letter;
    private const byte N = (byte)CharClass.Number;
    private const byte S = (byte)CharClass.Space;

    private static ReadOnlySpan<byte> Ascii =>
    [
        O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
        S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, N, N, N, N, N, N, N, N, N, N, O, O, O, O, O, O,
        O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
        O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
    ];

    /// <summary>Class of the character at <paramref name="at"/>, and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass At(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte first = text[at];
        if (first >= Ascii.Length)
            return BeyondAscii(text, at, out length);
        length = 1;
        return (CharClass)Ascii[first];
    }

    /// <summary>Where the run of characters of a class ends that begins at <paramref name="at"/>.</summary>
    public static int RunEnd(CharClass kind, ReadOnlySpan<byte> text, int at, int end)
    {
        while (at < end && At(text, at, out int length) == kind)
            at += length;
        return at;
    }

    private static CharClass BeyondAscii(ReadOnlySpan<byte> text, int at, out int length)
    {
        int scalar = Utf8Text.Decode(text, at, out length);
        if (UnicodeTables.IsLetter(scalar))
            return CharClass.Letter;
        if (UnicodeTables.IsNumber(scalar))
            return CharClass.Number;
        return UnicodeTables.IsWhiteSpace(scalar) ? CharClass.Space : CharClass.Other;
    }
}
