using System.Text;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

/// <summary>Writes SentencePiece model files.</summary>
/// <param name="Pieces">Types: 1 normal, 2 unknown, 3 control, 4 user-defined.</param>
internal sealed record ModelProto(IReadOnlyList<(string Text, float Score, int Type)> Pieces)
{
    public const int Unigram = 1;
    public const int Bpe = 2;

    public int ModelType { get; init; } = Unigram;

    public int UnknownId { get; init; }

    public byte[] Charsmap { get; init; } = [];

    public byte[] ToBytes()
    {
        var file = new MemoryStream();
        foreach ((string text, float score, int type) in Pieces)
        {
            byte[] piece = [.. Field(1, Encoding.UTF8.GetBytes(text)), 2 << 3 | 5, .. BitConverter.GetBytes(score), .. type == 1 ? [] : Field(3, type)];
            file.Write(Field(1, piece));
        }

        file.Write(Field(2, [.. Field(1, "input.txt"u8.ToArray()), .. Field(3, ModelType), .. Field(4, Pieces.Count), .. Field(40, UnknownId)]));
        file.Write(Field(3, [.. Field(1, "nmt_nfkc"u8.ToArray()), .. Charsmap.Length == 0 ? [] : Field(2, Charsmap), .. Field(3, 1)]));
        return file.ToArray();
    }

    public static byte[] Field(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    public static byte[] Field(int number, byte[] bytes) => [.. Varint(number << 3 | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        uint rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7)
            bytes.Add((byte)(rest | 0x80));
        return [.. bytes, (byte)rest];
    }
}
