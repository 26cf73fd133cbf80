namespace Thaw.Reference.Corpora;

/// <summary>What <see cref="RandomTexts"/> draws from. Ranges include unassigned code points of their blocks.</summary>
internal static class Scripts
{
    public static readonly (int Low, int High)[] All =
    [
        ('a', 'z'), ('a', 'z'), ('a', 'z'), ('A', 'Z'),
        (0xC0, 0xFF), (0x100, 0x24F), (0x1E00, 0x1EFF), // Latin with accents, Vietnamese
        (0x370, 0x3FF), (0x1F00, 0x1FFF), // Greek, polytonic Greek
        (0x400, 0x52F), (0x530, 0x58F), (0x10A0, 0x10FF), // Cyrillic, Armenian, Georgian
        (0x5D0, 0x5EA), (0x5B0, 0x5F4), (0x620, 0x6FF), (0x700, 0x74F), // Hebrew, Arabic, Syriac
        (0x900, 0x97F), (0x980, 0x9FF), (0xB80, 0xBFF), (0xD00, 0xD7F), // Devanagari, Bengali, Tamil, Malayalam
        (0xE00, 0xE7F), (0xE80, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x1780, 0x17FF), // Thai, Lao, Tibetan, Burmese, Khmer
        (0x1100, 0x11FF), (0xAC00, 0xD7A3), (0xA960, 0xA97F), // Hangul
        (0x3040, 0x309F), (0x30A0, 0x30FF), // kana
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F), // CJK
        (0x1200, 0x137F), (0x13A0, 0x13FF), (0xAB70, 0xABBF), (0x10400, 0x1044F), (0x1E900, 0x1E95F), // Ethiopic, Cherokee, Deseret, Adlam
        (0x11000, 0x110FF), (0x1D165, 0x1D1EF), // Brahmi and Kaithi, musical symbols
    ];

    /// <summary>What NFKC changes.</summary>
    public static readonly (int Low, int High)[] Compatibility =
    [
        (0xFB00, 0xFB06), (0xFB13, 0xFB4F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF), // ligatures and presentation forms
        (0xFF01, 0xFFEE), (0x2460, 0x24FF), (0x2150, 0x218B), (0x3200, 0x33FF), // full width, circled, numerals, squared
        (0x2070, 0x209C), (0xA8, 0xBE), (0x2100, 0x214F), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1E5), (0x2F00, 0x2FD5), (0x1C4, 0x1CC),
    ];

    public static readonly (int Low, int High)[] Marks =
    [
        (0x300, 0x36F), (0x300, 0x36F), (0x591, 0x5BD), (0x64B, 0x65F), (0x93C, 0x94D), (0xE31, 0xE4E), (0xF71, 0xF84),
        (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309C), (0xFE20, 0xFE2F), (0x1D165, 0x1D172),
    ];

    public static readonly (int Low, int High)[] Numbers = [('0', '9'), ('0', '9'), (0x660, 0x669), (0x966, 0x96F), (0xFF10, 0xFF19), (0x1D7CE, 0x1D7FF)];

    public static readonly (int Low, int High)[] Punctuation =
        [('!', '/'), (':', '@'), ('[', '`'), ('{', '~'), (0xA1, 0xBF), (0x2010, 0x205E), (0x3001, 0x303F), (0x20A0, 0x20C0)];

    public static readonly (int Low, int High)[] Emoji =
        [(0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF), (0x2600, 0x27BF), (0x1F3FB, 0x1F3FF), (0x1F1E6, 0x1F1FF)];

    /// <summary>Controls, format characters, variation selectors, tags, private use, noncharacters, the replacement character.</summary>
    public static readonly (int Low, int High)[] Odd =
    [
        (0, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFE00, 0xFE0F),
        (0xE0000, 0xE007F), (0xE0100, 0xE01EF), (0xE000, 0xF8FF), (0x10FFF0, 0x10FFFF), (0xFDD0, 0xFDEF), (0xFFF0, 0xFFFF), (0xFFFD, 0xFFFD), (0x180B, 0x180F),
    ];

    public static readonly string[] WhiteSpace =
    [
        " ", " ", "  ", "\t", "\n", "\r\n", "\v", "\f", "\u001C", "\u001F", "\u0085", "\u00A0", "\u1680", "\u2000", "\u2003", "\u2009", "\u200A",
        "\u2028", "\u2029", "\u202F", "\u205F", "\u3000",
    ];

    public static readonly string[] EmojiSequences =
    [
        "👨‍👩‍👧‍👦", "👩🏽‍💻", "🏳️‍🌈", "❤️", "❤️‍🔥",
        "1️⃣", "#️⃣", "🇩🇪🇫🇷", "🇺🇸",
        "🧑🏿‍🤝‍🧑🏻", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "👍🏻", "☺︎", "✈️",
    ];

    public static readonly string[] Words =
    [
        "the", "The", "of", "and", "running", "unbelievable", "can't", "we'll", "I'M", "it's",
        "model", "tokenizer", "www.example.com/a?b=c", "COVID-19", "3.14",
        "internationalization", "Straße", "ÜBER", "naïve", "café", "œuvre", "año", "São", "İstanbul", "ΑΣ",
        "Ελλάδα", "Москва", "ёлка", "Київ", "العربية", "שלום",
        "हिन्दी", "क्षत्रिय", "ภาษาไทย", "한국어", "日本語",
        "カタカナ", "ｶﾞ", "中文", "ﬁnance", "Việt", "e.g.", "_under_score_", "##ing", "▁",
        "Ġword", "don’t", "“quoted”",
    ];
}
