namespace Thaw.Tokenizers.Unicode;

/// <summary>The reference's Nmt normalizer: removes some control characters, and turns some white space and similar characters into spaces. It does
/// not depend on a version of Unicode.</summary>
internal static class Nmt
{
    public const int Removed = -1;

    /// <summary>What the character becomes: itself, a space, or <see cref="Removed"/>.</summary>
    public static int Map(int scalar) => scalar switch
    {
        >= 1 and <= 8 or 0xB or >= 0xE and <= 0x1F or 0x7F or 0x8F or 0x9F => Removed,
        9 or 0xA or 0xC or 0xD or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => scalar,
    };
}
