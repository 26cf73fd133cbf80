using System.Text;
using System.Text.Json;
using Thaw.Tokenizers.Decoders;
using Decoder = Thaw.Tokenizers.Decoders.Decoder;

namespace Thaw.Tokenizers.Files;

/// <summary>The decoder section. What only matters for encoding, such as ByteLevel's add_prefix_space, is not read.</summary>
internal static class DecoderJson
{
    private const string Supported = "BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip and WordPiece";

    public static Decoder[] Read(JsonPlace section) =>
        section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? [new SpaceDecoder()] : [.. Steps(section)];

    /// <summary>BertTokenizer's own, for files without the section.</summary>
    public static Decoder[] Bert() => [new WordPieceDecoder("##"u8.ToArray()), .. WordPieceDecoder.Cleanup()];

    private static IEnumerable<Decoder> Steps(JsonPlace section) => TokenizerJson.Type(section) switch
    {
        "BPEDecoder" => [new SuffixDecoder(NotEmpty(section.Get("suffix")))],
        "ByteFallback" => [new ByteFallbackDecoder()],
        "ByteLevel" => [new ByteLevelDecoder()],
        "Fuse" => [new FuseDecoder()],
        "Metaspace" => [new MetaspaceDecoder(Character(section.Get("replacement")), AddsSpace(section))],
        "Replace" => [ReadReplace(section)],
        "Sequence" => section.Get("decoders").Items().SelectMany(Steps),
        "Strip" => [new StripDecoder(Character(section.Get("content")), section.Get("start").Id(), section.Get("stop").Id())],
        "WordPiece" => [new WordPieceDecoder(Encoding.UTF8.GetBytes(section.Get("prefix").Text())), .. section.Get("cleanup").Flag() ? WordPieceDecoder.Cleanup() : []],
        _ => throw TokenizerJson.Unsupported("decoder", section, Supported),
    };

    private static ReplaceDecoder ReadReplace(JsonPlace section)
    {
        JsonPlace pattern = section.Get("pattern");
        if (pattern.Find("Regex") is { } regex)
            throw regex.Error("Regex is not supported in a decoder, only String.");
        return new ReplaceDecoder(NotEmpty(pattern.Get("String")), Encoding.UTF8.GetBytes(section.Get("content").Text()));
    }

    /// <summary>Older files say add_prefix_space, newer ones prepend_scheme, and those in between both.</summary>
    private static bool AddsSpace(JsonPlace section)
    {
        bool adds = section.Find("prepend_scheme") is not { } scheme || scheme.Text() switch
        {
            "always" or "first" => true,
            "never" => false,
            _ => throw scheme.Error("always, first or never was expected."),
        };
        return adds && section.Find("add_prefix_space") is { IsNull: false } added && !added.Flag()
            ? throw added.Error("false contradicts the prepend_scheme.")
            : adds;
    }

    private static byte[] NotEmpty(JsonPlace text) =>
        Encoding.UTF8.GetBytes(text.Text()) is { Length: > 0 } bytes ? bytes : throw text.Error("an empty text is not supported.");

    private static byte[] Character(JsonPlace place)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(place.Text());
        return Rune.DecodeFromUtf8(bytes, out _, out int length) == System.Buffers.OperationStatus.Done && length == bytes.Length
            ? bytes
            : throw place.Error("one character was expected.");
    }
}
