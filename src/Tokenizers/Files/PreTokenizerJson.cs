using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>The pre_tokenizer section.</summary>
internal static class PreTokenizerJson
{
    private const string Supported =
        "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, Metaspace, Punctuation, Split, Whitespace, WhitespaceSplit and Sequence";

    public static PreTokenizer[] Read(JsonPlace section, TokenizerConfig config)
    {
        // GPT2Tokenizer and RobertaTokenizer override it in a ByteLevel that is not inside a Sequence.
        bool? addPrefixSpace = config.IsGeneric ? null : config.AddPrefixSpace;
        return Read(section, addPrefixSpace);
    }

    private static PreTokenizer[] Read(JsonPlace section, bool? addPrefixSpace)
    {
        if (section.IsAbsent)
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("pretokenizers").Items().SelectMany(item => Read(item, addPrefixSpace: null))],
            "BertPreTokenizer" => [new BertPreTokenizer()],
            "ByteLevel" => ReadByteLevel(section, addPrefixSpace),
            "CharDelimiterSplit" => [new CharacterSplit(CharacterKind.Delimiter, SplitBehavior.Removed, section.Get("delimiter").Character().Value)],
            "Digits" => [ReadDigits(section)],
            "Metaspace" => [ReadMetaspace(section)],
            "Punctuation" => [ReadPunctuation(section)],
            "Split" => [SplitJson.Read(section)],
            "Whitespace" => [new WhitespacePreTokenizer()],
            "WhitespaceSplit" => [new CharacterSplit(CharacterKind.WhiteSpace, SplitBehavior.Removed)],
            _ => throw TokenizerJson.Unsupported("pre_tokenizer", section, Supported),
        };
    }

    /// <summary>Whether the reference gives words to the token model in the byte-level alphabet.</summary>
    public static bool IsByteLevel(JsonPlace section)
    {
        JsonPlace[] all = [.. Flatten(section)];
        foreach (JsonPlace item in all.SkipLast(1).Where(item => TokenizerJson.Type(item) == "ByteLevel"))
            throw item.Error("ByteLevel is supported only as the last pre-tokenizer.");
        return all.Length > 0 && TokenizerJson.Type(all[^1]) == "ByteLevel";
    }

    private static IEnumerable<JsonPlace> Flatten(JsonPlace section)
    {
        if (section.IsAbsent)
            return [];
        return TokenizerJson.Type(section) == "Sequence" ? section.Get("pretokenizers").Items().SelectMany(Flatten) : [section];
    }

    // Without either step it does nothing.
    private static PreTokenizer[] ReadByteLevel(JsonPlace section, bool? overridden)
    {
        bool addPrefixSpace = overridden ?? section.Get("add_prefix_space").Flag();
        bool useRegex = section.Find("use_regex")?.Flag() ?? true;
        return addPrefixSpace || useRegex ? [new ByteLevelPreTokenizer(addPrefixSpace, useRegex)] : [];
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonPlace section)
    {
        byte[] replacement = section.Get("replacement").CharacterUtf8();
        bool split = section.Find("split")?.Flag() ?? true;
        return new MetaspacePreTokenizer(replacement, ReadScheme(section), split);
    }

    /// <summary>Which words a Metaspace prepends its replacement to. Old files have add_prefix_space, newer ones prepend_scheme, those in between
    /// both. Like the reference, this refuses a contradiction.</summary>
    public static PrependScheme ReadScheme(JsonPlace section)
    {
        PrependScheme scheme = section.Find("prepend_scheme") is not { } place ? PrependScheme.Always : place.Text() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw place.Error($"expected \"always\", \"first\" or \"never\", not \"{other}\"."),
        };
        if (section.FindValue("add_prefix_space") is { } prefixed && !prefixed.Flag() && scheme != PrependScheme.Never)
            throw prefixed.Error("false contradicts \"prepend_scheme\", which is \"always\" by default.");
        return scheme;
    }

    private static CharacterSplit ReadDigits(JsonPlace section) =>
        new(CharacterKind.Number, section.Get("individual_digits").Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    private static CharacterSplit ReadPunctuation(JsonPlace section) =>
        new(CharacterKind.Punctuation, section.Find("behavior") is { } behavior ? SplitJson.Behavior(behavior) : SplitBehavior.Isolated);
}
