using Thaw.Tokenizers.Decoders;
using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>The decoder section. Settings that matter only for encoding, such as ByteLevel's add_prefix_space, are not read.</summary>
internal static class DecoderJson
{
    private const string Supported = "BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip and WordPiece";

    public static Decoder[] Read(JsonPlace section) =>
        section.IsAbsent ? [new SpaceDecoder()] : [.. Steps(section)];

    /// <summary>The decoders of BertTokenizer, for files without the section.</summary>
    public static Decoder[] Bert() => [new WordPieceDecoder("##"u8.ToArray()), .. WordPieceDecoder.Cleanup()];

    private static IEnumerable<Decoder> Steps(JsonPlace section) => TokenizerJson.Type(section) switch
    {
        "BPEDecoder" => [new SuffixDecoder(section.Get("suffix").NotEmptyUtf8())],
        "ByteFallback" => [new ByteFallbackDecoder()],
        "ByteLevel" => [new ByteLevelDecoder()],
        "Fuse" => [new FuseDecoder()],
        "Metaspace" => [new MetaspaceDecoder(section.Get("replacement").CharacterUtf8(), PreTokenizerJson.ReadScheme(section) != PrependScheme.Never)],
        "Replace" => [ReadReplace(section)],
        "Sequence" => section.Get("decoders").Items().SelectMany(Steps),
        "Strip" => [new StripDecoder(section.Get("content").CharacterUtf8(), section.Get("start").Id(), section.Get("stop").Id())],
        "WordPiece" => [new WordPieceDecoder(section.Get("prefix").Utf8()), .. section.Get("cleanup").Flag() ? WordPieceDecoder.Cleanup() : []],
        _ => throw TokenizerJson.Unsupported("decoder", section, Supported),
    };

    private static ReplaceDecoder ReadReplace(JsonPlace section)
    {
        JsonPlace pattern = section.Get("pattern");
        if (pattern.Find("Regex") is { } regex)
            throw regex.Error("Regex is not supported in a decoder, only String.");
        return new ReplaceDecoder(pattern.Get("String").NotEmptyUtf8(), section.Get("content").Utf8());
    }
}
