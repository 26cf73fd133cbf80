using System.Text;

namespace Thaw.MicroBenchmarks.Curve;

/// <summary>A kind of text for which a step of a tokenizer could take more than linear time.</summary>
internal sealed record HostileText(string Name, Func<int, byte[]> Make)
{
    /// <summary>A text of that many bytes, or a few fewer.</summary>
    public byte[] OfLength(int bytes) => Make(bytes);

    /// <param name="mask">An added token of the tokenizer.</param>
    public static HostileText[] All(string mask) =>
    [
        new("one word of letters", bytes => Letters(bytes, wordLength: int.MaxValue)),
        new("one letter again and again", bytes => Repeat("a", bytes)),
        new("words of 100 letters", bytes => Letters(bytes, wordLength: 100)),
        new("marks that are dropped", bytes => Repeat("\u0301", bytes)),
        new("marks out of order", bytes => Repeat("\u0301\u0316", bytes)),
        new("spacing marks out of order", bytes => Repeat("\U0001D16D\u302E", bytes)),
        new("Hangul syllables", bytes => Repeat("각", bytes)),
        new("Chinese", Ideographs),
        new("one emoji sequence", bytes => Repeat("👩\u200D", bytes)),
        new("spaces", bytes => Repeat(" ", bytes)),
        new("punctuation", bytes => Repeat("!?", bytes)),
        new("control characters", bytes => Repeat("\u0001", bytes)),
        // An unfinished three-byte character and a byte that UTF-8 never has.
        new("invalid UTF-8", bytes => Repeat([0xE4, 0xB8, 0xFF], bytes)),
        new("beginnings of added tokens", bytes => Repeat(mask[..^1], bytes)),
        new("added tokens", bytes => Repeat(mask, bytes)),
    ];

    private static byte[] Letters(int bytes, int wordLength)
    {
        var random = new Random(1);
        byte[] text = new byte[bytes];
        for (int i = 0; i < bytes; i++) text[i] = (byte)(i % wordLength == wordLength - 1 ? ' ' : random.Next('a', 'z' + 1));
        return text;
    }

    private static byte[] Ideographs(int bytes)
    {
        const int First = 0x4E00, End = 0x9FA6, Length = 3;
        var random = new Random(1);
        byte[] text = new byte[bytes / Length * Length];
        for (int i = 0; i < text.Length; i += Length) new Rune(random.Next(First, End)).EncodeToUtf8(text.AsSpan(i));
        return text;
    }

    private static byte[] Repeat(string unit, int bytes) => Repeat(Encoding.UTF8.GetBytes(unit), bytes);

    private static byte[] Repeat(byte[] unit, int bytes)
    {
        byte[] text = new byte[bytes / unit.Length * unit.Length];
        for (int i = 0; i < text.Length; i += unit.Length) unit.CopyTo(text, i);
        return text;
    }
}
