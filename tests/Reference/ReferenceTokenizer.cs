using System.Text.Json;

namespace Thaw.Reference;

/// <summary>
/// The official tokenizers library, live in its own process. Every member throws <see cref="ReferenceException"/> when
/// the library refuses, and when it panics, which ends the process, so that this object can no longer be used.
/// Calls from several threads wait for one another.
/// </summary>
public sealed class ReferenceTokenizer : IDisposable
{
    private readonly ReferenceProcess _process = ReferenceProcess.Rent();

    private ReferenceTokenizer()
    {
    }

    /// <param name="json">Text of a tokenizer.json. Its truncation and padding apply.</param>
    public static ReferenceTokenizer Load(string json)
    {
        var tokenizer = new ReferenceTokenizer();
        try
        {
            tokenizer._process.Ask(new { command = "load" }, [json]);
            return tokenizer;
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }
    }

    public static ReferenceTokenizer LoadFile(string path) => Load(File.ReadAllText(path));

    /// <summary>Sets how the calls that follow cut texts; null leaves them whole.</summary>
    public void SetTruncation(Truncation? truncation) => _process.Ask(new { command = "truncate", truncation }, []);

    /// <summary>Only the ids, for many texts: about 5 microseconds for a short one on two cores.</summary>
    public int[][] EncodeIds(IReadOnlyList<string> texts, bool addSpecialTokens = true)
    {
        var reader = new IntegerReader(_process.Ask(new { command = "ids", addSpecialTokens }, texts));
        var ids = new int[texts.Count][];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = reader.Next(reader.Next());
        return ids;
    }

    public ReferenceEncoding Encode(string text, bool addSpecialTokens = true) => Encode([text], addSpecialTokens)[0];

    public ReferenceEncoding[] Encode(IReadOnlyList<string> texts, bool addSpecialTokens = true) =>
        Encodings(_process.Ask(new { command = "encode", addSpecialTokens }, texts));

    public ReferenceEncoding[] EncodePairs(IReadOnlyList<(string First, string Second)> pairs, bool addSpecialTokens = true) =>
        Encodings(_process.Ask(new { command = "encodePairs", addSpecialTokens }, Flat(pairs)));

    /// <summary>
    /// The first window of each text, with the others as its overflowing ones. Encode with <see cref="SetTruncation"/>
    /// loses the end of long texts; this encodes them whole, then cuts. Truncation is off afterwards.
    /// </summary>
    public ReferenceEncoding[] Windows(IReadOnlyList<string> texts, Truncation truncation, bool addSpecialTokens = true) =>
        Windows(texts, false, truncation, addSpecialTokens);

    /// <summary>As for single texts. A post-processor that leaves type ids alone leaves those of the second text 0.</summary>
    public ReferenceEncoding[] WindowsOfPairs(IReadOnlyList<(string First, string Second)> pairs, Truncation truncation, bool addSpecialTokens = true) =>
        Windows(Flat(pairs), true, truncation, addSpecialTokens);

    /// <summary>The tokens as the vocabulary spells them; added ones as in the text, with the spaces that they include.</summary>
    public string[][] Tokens(IReadOnlyList<string> texts, bool addSpecialTokens = true) =>
        [
            .. ReferenceProcess.Texts(_process.Ask(new { command = "tokens", addSpecialTokens }, texts))
                .Select(list => JsonSerializer.Deserialize<string[]>(list)!),
        ];

    /// <summary>What the normalizer makes of each text; the tokenizer must have one.</summary>
    public string[] Normalize(IReadOnlyList<string> texts) => ReferenceProcess.Texts(_process.Ask(new { command = "normalize" }, texts));

    public string[] Decode(IReadOnlyList<IReadOnlyList<int>> ids, bool skipSpecialTokens = true) =>
        ReferenceProcess.Texts(_process.Ask(new { command = "decode", ids, skipSpecialTokens }, []));

    /// <summary>Trains a new model on text files, between this tokenizer's other parts.</summary>
    /// <param name="model">BPE or Unigram. The trainer's settings are the library's defaults.</param>
    /// <returns>Text of the tokenizer.json; this tokenizer has the new model too.</returns>
    public string Train(string model, IReadOnlyList<string> files) =>
        ReferenceProcess.Texts(_process.Ask(new { command = "train", model, files }, []))[0];

    public void Dispose() => _process.Return();

    private ReferenceEncoding[] Windows(IReadOnlyList<string> texts, bool pairs, Truncation truncation, bool addSpecialTokens) =>
        Encodings(_process.Ask(new { command = "windows", pairs, truncation, addSpecialTokens }, texts));

    private static ReferenceEncoding[] Encodings(byte[] answer)
    {
        var reader = new IntegerReader(answer);
        var encodings = new List<ReferenceEncoding>();
        while (!reader.AtEnd)
            encodings.Add(ReferenceEncoding.Read(reader));
        return [.. encodings];
    }

    private static string[] Flat(IReadOnlyList<(string First, string Second)> pairs) =>
        [.. pairs.SelectMany(pair => new[] { pair.First, pair.Second })];
}
