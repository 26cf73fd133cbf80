using System.Text;
using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The pre_tokenizer section.</summary>
internal static class PreTokenizerJson
{
    private const string Supported = "BertPreTokenizer, Metaspace, WhitespaceSplit and Sequence";

    public static PreTokenizer[] Read(JsonPlace section)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("pretokenizers").Items().SelectMany(Read)],
            "BertPreTokenizer" => [new BertPreTokenizer()],
            "Metaspace" => [ReadMetaspace(section)],
            "WhitespaceSplit" => [new WhitespaceSplitPreTokenizer()],
            _ => throw TokenizerJson.Unsupported("pre_tokenizer", section, Supported),
        };
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonPlace section)
    {
        JsonPlace replacement = section.Get("replacement");
        string text = replacement.Text();
        if (!Rune.TryGetRuneAt(text.Length > 0 ? text : " ", 0, out Rune rune) || rune.Utf16SequenceLength != text.Length)
            throw replacement.Error("one character was expected.");
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
        return new MetaspacePreTokenizer(Encoding.UTF8.GetBytes(text), scheme, split);
    }
}
