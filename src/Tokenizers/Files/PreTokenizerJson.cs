using System.Text;
using System.Text.Json;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>The pre_tokenizer section.</summary>
internal static class PreTokenizerJson
{
    private const string Supported =
        "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, Metaspace, Punctuation, Split, Whitespace, WhitespaceSplit and Sequence";

    public static PreTokenizer[] Read(JsonPlace section, TokenizerConfig config)
    {
        // GPT2Tokenizer and RobertaTokenizer lay it over a ByteLevel that is not in a Sequence.
        bool? addPrefixSpace = config.IsGeneric ? null : config.AddPrefixSpace;
        return Read(section, addPrefixSpace);
    }

    private static PreTokenizer[] Read(JsonPlace section, bool? addPrefixSpace)
    {
        if (IsNone(section))
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("pretokenizers").Items().SelectMany(item => Read(item, addPrefixSpace: null))],
            "BertPreTokenizer" => [new BertPreTokenizer()],
            "ByteLevel" => ReadByteLevel(section, addPrefixSpace),
            "CharDelimiterSplit" => [new CharacterSplit(CharacterKind.Delimiter, SplitBehavior.Removed, section.Get("delimiter").Character().Value)],
            "Digits" => [new CharacterSplit(CharacterKind.Number, section.Get("individual_digits").Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous)],
            "Metaspace" => [ReadMetaspace(section)],
            "Punctuation" => [new CharacterSplit(CharacterKind.Punctuation, section.Find("behavior") is { } behavior ? SplitJson.Behavior(behavior) : SplitBehavior.Isolated)],
            "Split" => [SplitJson.Read(section)],
            "Whitespace" => [new WhitespacePreTokenizer()],
            "WhitespaceSplit" => [new CharacterSplit(CharacterKind.WhiteSpace, SplitBehavior.Removed)],
            _ => throw TokenizerJson.Unsupported("pre_tokenizer", section, Supported),
        };
    }

    /// <summary>Whether words reach the model in the byte-level alphabet.</summary>
    public static bool IsByteLevel(JsonPlace section)
    {
        JsonPlace[] all = [.. Flatten(section)];
        foreach (JsonPlace item in all.SkipLast(1).Where(item => TokenizerJson.Type(item) == "ByteLevel"))
            throw item.Error("ByteLevel is supported only as the last pre-tokenizer.");
        return all.Length > 0 && TokenizerJson.Type(all[^1]) == "ByteLevel";
    }

    private static IEnumerable<JsonPlace> Flatten(JsonPlace section)
    {
        if (IsNone(section))
            return [];
        return TokenizerJson.Type(section) == "Sequence" ? section.Get("pretokenizers").Items().SelectMany(Flatten) : [section];
    }

    private static bool IsNone(JsonPlace section) => section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    // Without both of its steps nothing is left to do.
    private static PreTokenizer[] ReadByteLevel(JsonPlace section, bool? overlaid)
    {
        bool addPrefixSpace = overlaid ?? section.Get("add_prefix_space").Flag();
        bool useRegex = section.Find("use_regex")?.Flag() ?? true;
        return addPrefixSpace || useRegex ? [new ByteLevelPreTokenizer(addPrefixSpace, useRegex)] : [];
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonPlace section)
    {
        Rune replacement = section.Get("replacement").Character();
        PrependScheme scheme = section.Find("prepend_scheme") is not { } place ? PrependScheme.Always : place.Text() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw place.Error($"\"always\", \"first\" or \"never\" was expected, not \"{other}\"."),
        };
        // Files of old releases have this one alone, and true; the reference refuses a contradiction too.
        if (section.Find("add_prefix_space") is { IsNull: false } prefixed && !prefixed.Flag() && scheme != PrependScheme.Never)
            throw prefixed.Error("it contradicts prepend_scheme.");
        bool split = section.Find("split")?.Flag() ?? true;
        return new MetaspacePreTokenizer(Encoding.UTF8.GetBytes(replacement.ToString()), scheme, split);
    }
}
