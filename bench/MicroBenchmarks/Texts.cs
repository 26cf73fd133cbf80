using System.Text;

namespace Thaw.MicroBenchmarks;

/// <summary>The texts that benchmarks work on.</summary>
internal static class Texts
{
    public const string Short = "Where can I find the library?";

    // Decomposition, lower case beyond ASCII, spaced ideographs and a character outside of the basic plane.
    private const string NonAsciiSentence = "Où est la bibliothèque ? Ελληνικά, Здравствуйте, Việt Nam, 図書館はどこですか, İstanbul 🙂 ";

    private const string LongSentence = "The library opens at nine in the morning, and closes late; readers are welcome to stay until then. ";

    public static byte[] Utf8(TextKind kind) => Encoding.UTF8.GetBytes(kind switch
    {
        TextKind.Short => Short,
        // Twenty tokens or more each, so that all of a model's 512 are used and the rest is cut off.
        TextKind.Long => string.Concat(Enumerable.Repeat(LongSentence, 30)),
        _ => string.Concat(Enumerable.Repeat(NonAsciiSentence, 4)),
    });
}

/// <summary>Public as a benchmark's parameters have to be.</summary>
public enum TextKind
{
    Short,
    Long,
    NonAscii,
}
