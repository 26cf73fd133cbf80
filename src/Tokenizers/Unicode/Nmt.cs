namespace Thaw.Tokenizers.Unicode;

/// <summary>The Nmt normalizer: some controls go, some white space and its kin become a space. No Unicode version in it.</summary>
internal static class Nmt
{
    public const int Removed = -1;

    /// <summary>What takes the character's place: itself, a space, or <see cref="Removed"/>.</summary>
    public static int Map(int scalar) => scalar switch
    {
        >= 1 and <= 8 or 0xB or >= 0xE and <= 0x1F or 0x7F or 0x8F or 0x9F => Removed,
        9 or 0xA or 0xC or 0xD or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => scalar,
    };
}
