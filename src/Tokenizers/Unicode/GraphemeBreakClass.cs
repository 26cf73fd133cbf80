namespace Thaw.Tokenizers.Unicode;

/// <summary>Grapheme_Cluster_Break together with what GB9c and GB11 ask, in the order of the generated table.</summary>
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

    /// <summary>U+200C: an Extend that is none for GB9c.</summary>
    NonJoiner,

    // Of the syllables, told apart by arithmetic.
    HangulOpen,
    HangulClosed,
}
