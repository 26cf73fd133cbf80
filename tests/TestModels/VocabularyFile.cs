using System.Text;

namespace Thaw.TestModels;

/// <summary>
/// A WordPiece vocabulary in the order of vocab.txt: special tokens, every ASCII punctuation mark, lower-case letter and
/// digit, the letters and digits again as continuations, then generated syllables and words. No ASCII word is unknown
/// to it, and longer words split in many ways.
/// </summary>
public static class VocabularyFile
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    private const string Consonants = "bcdfghjklmnprstvwxyz";
    private const string Vowels = "aeiou";

    // A step that shares no factor with 100, 10,000 or 1,000,000 visits all numbers below them once in mixed order, so
    // neighbours in the file are not neighbours in the alphabet.
    private const long MixingStep = 7919;

    private static readonly string[] Specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>The number of pieces that are always there.</summary>
    public static int MinimumSize { get; } = Fixed().Count();

    /// <summary>The first <paramref name="size"/> pieces; a piece's index is its id.</summary>
    public static IEnumerable<string> Pieces(int size) => Fixed().Concat(Generated()).Take(size);

    /// <summary>Writes one piece a line, UTF-8 without a byte order mark, each line ended by a line feed.</summary>
    public static void Write(string path, int size)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (string piece in Pieces(size))
        {
            writer.Write(piece);
            writer.Write('\n');
        }
    }

    private static IEnumerable<string> Fixed()
    {
        IEnumerable<string> characters = (Letters + Digits).Select(c => c.ToString());
        return [.. Specials, .. Punctuation.Select(c => c.ToString()), .. characters, .. characters.Select(c => "##" + c)];
    }

    private static IEnumerable<string> Generated()
    {
        for (int syllables = 1; syllables <= 3; syllables++)
        {
            long count = (long)Math.Pow(Consonants.Length * Vowels.Length, syllables);
            for (long i = 0; i < count; i++)
            {
                string word = Word(i * MixingStep % count, syllables);
                yield return word;
                // One in four words also continues another; so do all syllables.
                if (syllables == 1 || i % 4 == 0) yield return "##" + word;
            }
        }
    }

    private static string Word(long number, int syllables)
    {
        var word = new StringBuilder();
        for (int i = 0; i < syllables; i++)
        {
            word.Append(Consonants[(int)(number % Consonants.Length)]);
            number /= Consonants.Length;
            word.Append(Vowels[(int)(number % Vowels.Length)]);
            number /= Vowels.Length;
        }

        return word.ToString();
    }
}
