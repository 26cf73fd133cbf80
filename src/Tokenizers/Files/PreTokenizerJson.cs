using System.Text;
using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The pre_tokenizer section.</summary>
internal static class PreTokenizerJson
{
    private const string Supported = "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, Punctuation, Split, Whitespace, WhitespaceSplit and Sequence";

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
            "CharDelimiterSplit" => [new CharacterSplit(CharacterKind.Delimiter, SplitBehavior.Removed, Character(section.Get("delimiter")))],
            "Digits" => [new CharacterSplit(CharacterKind.Number, section.Get("individual_digits").Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous)],
            "Punctuation" => [new CharacterSplit(CharacterKind.Punctuation, section.Find("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated)],
            "Split" => [ReadSplit(section)],
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

    private static SplittingPreTokenizer ReadSplit(JsonPlace section)
    {
        JsonPlace pattern = section.Get("pattern");
        SplitBehavior behavior = Behavior(section.Get("behavior"));
        bool invert = section.Get("invert").Flag();
        if (pattern.Find("String") is { } text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text.Text());
            return bytes.Length > 0 ? new TextSplit(bytes, behavior, invert) : throw text.Error("an empty text is not supported.");
        }

        JsonPlace regex = pattern.Get("Regex");
        WordPattern known = WordPattern.Of(regex.Text())
            ?? throw regex.Error($"\"{regex.Text()}\" is not supported, only the patterns of GPT-2, of GPT-4 and Llama 3, and of Qwen 2.");
        return new PatternSplit(known, behavior, invert);
    }

    private static SplitBehavior Behavior(JsonPlace place) => place.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw place.Error("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous was expected."),
    };

    private static int Character(JsonPlace place)
    {
        string text = place.Text();
        return text.Length > 0 && Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune.Value
            : throw place.Error("one character was expected.");
    }
}
