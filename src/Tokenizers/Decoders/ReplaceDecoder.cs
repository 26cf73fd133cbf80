using System.Buffers;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Replaces one text with another in each piece.</summary>
/// <param name="pattern">Not empty.</param>
internal sealed class ReplaceDecoder(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> content) : Decoder
{
    private readonly byte[] _pattern = pattern.ToArray();
    private readonly byte[] _content = content.ToArray();

    public override void Decode(PieceText pieces, PieceText result)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            Replace(pieces[i], _pattern, _content, result);
            result.EndPiece();
        }
    }

    public static void Replace(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        for (int at; (at = text.IndexOf(pattern)) >= 0; text = text[(at + pattern.Length)..])
        {
            output.Write(text[..at]);
            output.Write(content);
        }

        output.Write(text);
    }
}
