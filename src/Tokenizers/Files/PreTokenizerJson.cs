using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The pre_tokenizer section.</summary>
internal static class PreTokenizerJson
{
    private const string Supported = "BertPreTokenizer and Sequence";

    public static PreTokenizer[] Read(JsonPlace section)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("pretokenizers").Items().SelectMany(Read)],
            "BertPreTokenizer" => [new BertPreTokenizer()],
            _ => throw TokenizerJson.Unsupported("pre_tokenizer", section, Supported),
        };
    }
}
