using System.Runtime.CompilerServices;

namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// Character classes that regular expressions and pre-tokenizers need. Unicode 16.0 unless stated otherwise, as in both of the
/// reference's engines (Oniguruma for ByteLevel and Split, the crate regex for Whitespace and for added tokens).
/// </summary>
internal static partial class UnicodeTables
{
    private const int CategoryMask = 0x1F;
    private const int WhiteSpaceFlag = 32;
    private const int WordFlag = 64;
    private const int NumericFlag = 128;

    /// <summary>\p{..} of a general category.</summary>
    public static Category Category(int scalar) => (Category)(Class(scalar) & CategoryMask);

    /// <summary>\p{L}.</summary>
    public static bool IsLetter(int scalar) => (uint)((Class(scalar) & CategoryMask) - 1) < 5;

    /// <summary>\p{N}.</summary>
    public static bool IsNumber(int scalar) => (uint)((Class(scalar) & CategoryMask) - (int)Unicode.Category.DecimalNumber) < 3;

    /// <summary>\s, and char::is_whitespace: the same 25 characters since Unicode 6.3.</summary>
    public static bool IsWhiteSpace(int scalar) => (Class(scalar) & WhiteSpaceFlag) != 0;

    /// <summary>\w of the crate regex, which decides what is a single word.</summary>
    public static bool IsWord(int scalar) => (Class(scalar) & WordFlag) != 0;

    /// <summary>\w of Oniguruma: without the joiners, but with the superscript digits and fractions of Latin-1.</summary>
    public static bool IsOnigurumaWord(int scalar) => scalar switch
    {
        0xB2 or 0xB3 or 0xB9 or 0xBC or 0xBD or 0xBE => true,
        0x200C or 0x200D => false,
        _ => IsWord(scalar),
    };

    /// <summary>char::is_numeric, which the Digits pre-tokenizer uses: \p{N} of Unicode 17.0.</summary>
    public static bool IsNumeric(int scalar) => (Class(scalar) & NumericFlag) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Class(int scalar)
    {
        if (scalar >= FoldStart)
            scalar = Fold(scalar);
        return ClassValues[Place(UInt16At(ClassBlocks, scalar >> ClassBits), scalar, ClassBits)];
    }
}
