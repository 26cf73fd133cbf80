using System.Globalization;
using System.Text;
using Thaw.Reference;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.UnitTests.Tokenizers.Reference;

/// <summary>Compares a tokenizer with the reference.</summary>
internal sealed class Agreement : IDisposable
{
    private const int ChunkSize = 16_384;
    private const int DifferencesShown = 20;

    private readonly ReferenceTokenizer _reference;
    private readonly Tokenizer _tokenizer;

    /// <param name="json">Text of tokenizer.json.</param>
    /// <param name="reference">The reference's text, if it is another one.</param>
    public Agreement(string json, string? reference = null)
        : this(Load(json), reference ?? json)
    {
    }

    /// <param name="reference">The reference's tokenizer.json.</param>
    public Agreement(Tokenizer tokenizer, string reference)
    {
        _tokenizer = tokenizer;
        _reference = ReferenceTokenizer.Load(reference);
    }

    public Tokenizer Tokenizer => _tokenizer;

    public ReferenceTokenizer Reference => _reference;

    public void Dispose() => _reference.Dispose();

    /// <summary>The ids of each text are equal.</summary>
    public void OnIds(IEnumerable<string> texts) =>
        Compare(texts, chunk => _reference.EncodeIds(chunk), text => _tokenizer.Ids(text, 4 * text.Length + 64), text => text, ids => string.Join(' ', ids));

    /// <summary>Ids, token types, masks and offsets in code points of each text are equal.</summary>
    public void OnAll(IEnumerable<string> texts) =>
        Compare(texts, chunk => _reference.Encode(chunk), text => Encode(text, EncodeOptions.Default), text => text, Show);

    public void OnAllOfPairs(IEnumerable<(string, string)> pairs) =>
        Compare(pairs, chunk => _reference.EncodePairs(chunk), pair => EncodePair(pair, EncodeOptions.Default), Show, Show);

    /// <summary>All windows of each text are equal.</summary>
    public void OnWindows(IEnumerable<string> texts, Truncation truncation) =>
        Compare(texts, chunk => _reference.Windows(chunk, truncation), text => Encode(text, Options(truncation)), text => text, Show);

    /// <summary>
    /// All windows of each pair are equal. Pairs with a text of more tokens than a window holds are skipped: the
    /// reference stops reading such a text when the first window is full, and windows that it makes in another way
    /// lack the second text's token type.
    /// </summary>
    public void OnWindowsOfPairs(IEnumerable<(string First, string Second)> pairs, Truncation truncation)
    {
        IEnumerable<(string, string)> fitting = pairs.Where(pair => Fits(pair.First) && Fits(pair.Second));
        _reference.SetTruncation(truncation);
        // A window's own windows appear again next to it.
        Compare(
            fitting,
            chunk =>
            [
                .. _reference.EncodePairs(chunk).Select(
                    first => first with { Overflowing = [.. first.Overflowing.Select(window => window with { Overflowing = [] })] }),
            ],
            pair => EncodePair(pair, Options(truncation)), Show, Show);
        _reference.SetTruncation(null);

        bool Fits(string text) => _tokenizer.Ids(text, 16 * text.Length + 64).Length - _tokenizer.SpecialTokensForOne <= truncation.MaxLength;
    }

    private static Tokenizer Load(string json)
    {
        using var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", json);
        return directory.Load();
    }

    private static EncodeOptions Options(Truncation truncation) => new()
    {
        MaxLength = truncation.MaxLength,
        Stride = truncation.Stride,
        Strategy = (Thaw.Tokenizers.Encodings.TruncationStrategy)truncation.Strategy,
        Overflow = true,
    };

    private ReferenceEncoding Encode(string text, EncodeOptions options)
    {
        using var encoded = new EncodedText();
        _tokenizer.Encode(Encoding.UTF8.GetBytes(text), encoded, options);
        return Read(encoded);
    }

    private ReferenceEncoding EncodePair((string First, string Second) pair, EncodeOptions options)
    {
        using var encoded = new EncodedText();
        return _tokenizer.EncodePair(Encoding.UTF8.GetBytes(pair.First), Encoding.UTF8.GetBytes(pair.Second), encoded, options)
            ? Read(encoded)
            : throw new InvalidOperationException("The text that may be cut is too short.");
    }

    private static ReferenceEncoding Read(EncodedText encoded) =>
        Read(encoded, 0) with { Overflowing = [.. Enumerable.Range(1, encoded.Count - 1).Select(window => Read(encoded, window))] };

    private static ReferenceEncoding Read(EncodedText encoded, int window)
    {
        EncodedWindow tokens = encoded[window];
        return new ReferenceEncoding(
            tokens.Ids.ToArray(),
            Array.ConvertAll(tokens.TypeIds.ToArray(), type => (int)type),
            [.. Enumerable.Repeat(1, tokens.Ids.Length)],
            Array.ConvertAll(tokens.SpecialTokensMask.ToArray(), special => (int)special),
            Array.ConvertAll(tokens.Offsets.ToArray(), offset => (offset.Start, offset.End)),
            []);
    }

    // The reference works on one chunk while ours works on the one before.
    private static void Compare<TText, TResult>(
        IEnumerable<TText> texts, Func<TText[], TResult[]> reference, Func<TText, TResult> ours, Func<TText, string> showText, Func<TResult, string> show)
    {
        var differences = new List<string>();
        int compared = 0;
        Task comparison = Task.CompletedTask;
        foreach (TText[] chunk in texts.Chunk(ChunkSize))
        {
            TResult[] expected = reference(chunk);
            comparison.GetAwaiter().GetResult();
            if (differences.Count >= DifferencesShown)
                break;
            comparison = Task.Run(() =>
            {
                for (int i = 0; i < chunk.Length; i++)
                {
                    TResult actual = ours(chunk[i]);
                    if (!Same(expected[i], actual))
                        differences.Add($"{Escape(showText(chunk[i]))}\n  expected {show(expected[i])}\n  actual   {show(actual)}");
                    compared++;
                }
            });
        }

        comparison.GetAwaiter().GetResult();
        Assert.True(compared > 0);
        Assert.True(differences.Count == 0, $"{differences.Count} differences, the first:\n{string.Join('\n', differences.Take(DifferencesShown))}");
    }

    private static bool Same<TResult>(TResult expected, TResult actual) => (expected, actual) switch
    {
        (int[] left, int[] right) => left.AsSpan().SequenceEqual(right),
        (ReferenceEncoding left, ReferenceEncoding right) => left.Ids.AsSpan().SequenceEqual(right.Ids) && left.TypeIds.AsSpan().SequenceEqual(right.TypeIds)
            && left.AttentionMask.AsSpan().SequenceEqual(right.AttentionMask) && left.SpecialMask.AsSpan().SequenceEqual(right.SpecialMask)
            && left.Offsets.AsSpan().SequenceEqual(right.Offsets) && left.Overflowing.Length == right.Overflowing.Length
            && left.Overflowing.Zip(right.Overflowing).All(windows => Same(windows.First, windows.Second)),
        _ => throw new ArgumentException("Not a result.", nameof(expected)),
    };

    private static string Show((string First, string Second) pair) => $"{pair.First} / {pair.Second}";

    private static string Show(ReferenceEncoding encoding)
    {
        IEnumerable<string> tokens = encoding.Ids.Zip(encoding.TypeIds, encoding.SpecialMask).Zip(
            encoding.Offsets,
            (token, offset) => $"{token.First}:{token.Second}{(token.Third == 1 ? "*" : "")}@{offset.Start}-{offset.End}");
        return string.Join(' ', tokens) + string.Concat(encoding.Overflowing.Select(window => "\n           + " + Show(window)));
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is >= ' ' and < 0x7F) escaped.Append((char)rune.Value);
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
        }
        return escaped.ToString();
    }
}
