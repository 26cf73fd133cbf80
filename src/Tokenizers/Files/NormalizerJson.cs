using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The normalizer section.</summary>
internal static class NormalizerJson
{
    private const string Supported = "BertNormalizer and Sequence";

    public static Normalizer[] Read(JsonPlace section, TokenizerConfig config)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("normalizers").Items().SelectMany(item => Read(item, config))],
            "BertNormalizer" => [ReadBert(section, config)],
            _ => throw TokenizerJson.Unsupported("normalizer", section, Supported),
        };
    }

    /// <summary>
    /// BertTokenizer lays its settings over the file's normalizer, the class that is named generic does not. A setting that
    /// tokenizer_config.json leaves out stays as it is: releases of transformers differ there, and the file is explicit.
    /// </summary>
    private static BertNormalizer ReadBert(JsonPlace section, TokenizerConfig config)
    {
        var options = new BertNormalizerOptions(
            section.Get("clean_text").Flag(),
            section.Get("handle_chinese_chars").Flag(),
            section.Find("strip_accents") is { IsNull: false } strip ? strip.Flag() : null,
            section.Get("lowercase").Flag());
        if (config.IsGeneric)
            return new BertNormalizer(options);
        return new BertNormalizer(options with
        {
            Lowercase = config.LowerCase ?? options.Lowercase,
            StripAccents = config.StripAccents is { } overlaid ? (overlaid.IsNull ? null : overlaid.Flag()) : options.StripAccents,
            HandleChineseChars = config.ChineseChars ?? options.HandleChineseChars,
        });
    }
}
