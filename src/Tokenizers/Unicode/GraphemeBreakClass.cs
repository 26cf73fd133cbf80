namespace Thaw.Tokenizers.Unicode;

/// <summary>Grapheme_Cluster_Break with the properties that GB9c and GB11 need, in the order of the generated table.</summary>
internal enum GraphemeBreakClass : byte
{
    Other,
    CarriageReturn,
    LineFeed,
    Control,
    Extend,
    ZeroWidthJoiner,
    RegionalIndicator,
    Prepend,
    SpacingMark,
    HangulLead,
    HangulVowel,
    HangulTail,
    Pictographic,

    /// <summary>Indic_Conjunct_Break=Consonant.</summary>
    Consonant,

    /// <summary>An Extend with Indic_Conjunct_Break=Linker.</summary>
    Linker,

    /// <summary>U+200C: an Extend, except for GB9c.</summary>
    NonJoiner,

    // Hangul syllables (LV and LVT), which are computed instead of stored in the table.
    HangulOpen,
    HangulClosed,
}
