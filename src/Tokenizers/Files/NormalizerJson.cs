using System.Buffers;
using System.Buffers.Text;
using Thaw.Tokenizers.Normalizers;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Files;

/// <summary>The normalizer section.</summary>
internal static class NormalizerJson
{
    private const string Supported =
        "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip and StripAccents";

    public static Normalizer[] Read(JsonPlace section, TokenizerConfig config)
    {
        if (section.IsAbsent)
            return [];
        return TokenizerJson.Type(section) switch
        {
            "Sequence" => [.. section.Get("normalizers").Items().SelectMany(item => Read(item, config))],
            "BertNormalizer" => [ReadBert(section, config)],
            "Precompiled" => [ReadPrecompiled(section.Get("precompiled_charsmap"))],
            "NFC" => [new UnicodeNormalizer(NormalForm.Nfc)],
            "NFD" => [new UnicodeNormalizer(NormalForm.Nfd)],
            "NFKC" => [new UnicodeNormalizer(NormalForm.Nfkc)],
            "NFKD" => [new UnicodeNormalizer(NormalForm.Nfkd)],
            "Lowercase" => [new LowercaseNormalizer()],
            "StripAccents" => [new StripAccentsNormalizer()],
            "Strip" => [new StripNormalizer(section.Get("strip_left").Flag(), section.Get("strip_right").Flag())],
            "Nmt" => [new NmtNormalizer()],
            "Prepend" => [new PrependNormalizer(section.Get("prepend").Utf8())],
            "Replace" => [ReadReplace(section)],
            "ByteLevel" => [new ByteLevelNormalizer()],
            _ => throw TokenizerJson.Unsupported("normalizer", section, Supported),
        };
    }

    /// <summary>
    /// BertTokenizer overrides the settings of the file's normalizer with its own; the generic tokenizer class does not. A setting that
    /// tokenizer_config.json omits is kept: releases of transformers differ about it, and tokenizer.json is explicit.
    /// </summary>
    private static BertNormalizer ReadBert(JsonPlace section, TokenizerConfig config)
    {
        var options = new BertNormalizerOptions(
            section.Get("clean_text").Flag(),
            section.Get("handle_chinese_chars").Flag(),
            section.FindValue("strip_accents")?.Flag(),
            section.Get("lowercase").Flag());
        if (config.IsGeneric)
            return new BertNormalizer(options);
        return new BertNormalizer(options with
        {
            Lowercase = config.LowerCase ?? options.Lowercase,
            StripAccents = config.StripAccents is { } strip ? (strip.IsAbsent ? null : strip.Flag()) : options.StripAccents,
            HandleChineseChars = config.ChineseChars ?? options.HandleChineseChars,
        });
    }

    private static PrecompiledNormalizer ReadPrecompiled(JsonPlace charsmap)
    {
        byte[] text = charsmap.Utf8();
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (text.AsSpan().ContainsAny(" \t\r\n"u8) || Base64.DecodeFromUtf8(text, bytes, out _, out int length) != OperationStatus.Done)
            throw charsmap.Error("it is not base64. Copy the model's tokenizer.json again.");
        return Charsmap.TryRead(bytes.AsSpan(0, length), out string reason) is { } map
            ? new PrecompiledNormalizer(map)
            : throw charsmap.Error($"the charsmap is damaged: {reason} Copy the model's tokenizer.json again.");
    }

    private static Normalizer ReadReplace(JsonPlace section)
    {
        JsonPlace pattern = section.Get("pattern");
        byte[] content = section.Get("content").Utf8();
        if (pattern.Find("String") is { } text)
            return new ReplaceNormalizer(text.NotEmptyUtf8(), content);
        JsonPlace regex = pattern.Get("Regex");
        if (content.Contains((byte)'$'))
            throw section.Get("content").Error("references to groups of a regular expression ($) are not supported.");
        return regex.Text() switch
        {
            " {2,}" => new ReplaceSpacesNormalizer(anyWhiteSpace: false, shortest: 2, content),
            " +" => new ReplaceSpacesNormalizer(anyWhiteSpace: false, shortest: 1, content),
            @"\s+" => new ReplaceSpacesNormalizer(anyWhiteSpace: true, shortest: 1, content),
            var other => throw regex.Error($"the regular expression {other} is not supported."),
        };
    }
}
