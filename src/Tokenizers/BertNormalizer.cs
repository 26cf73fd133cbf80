using System.Text;

namespace Thaw.Tokenizers;

/// <summary>Takes normalized text in order. Two shapes: words for the model, or a buffer to look for added tokens in.</summary>
internal interface INormalizedSink
{
    /// <summary>Nothing more is needed; the normalizer stops.</summary>
    bool IsFull { get; }

    /// <summary>Longer runs of combining characters need no order, since their word is unknown anyway.</summary>
    int LongestRun { get; }

    void AddAscii(byte character);

    /// <summary>One character beyond ASCII that is neither white space nor punctuation, as its UTF-8 bytes.</summary>
    void AddLetter(scoped ReadOnlySpan<byte> utf8);

    void Add(int scalar);
}

internal readonly record struct NormalizerOptions(bool CleanText, bool HandleChineseChars, bool? StripAccents, bool Lowercase);

/// <summary>
/// The reference's BertNormalizer as one pass. Its steps, each over the whole text, are: drop controls and turn white
/// space into spaces; put spaces around CJK ideographs; decompose and drop nonspacing marks; lower case.
/// Only canonical order looks beyond one character, which <see cref="MarkRun"/> carries.
/// </summary>
internal sealed class BertNormalizer
{
    private const byte Dropped = 0xFF;

    private readonly bool _clean;
    private readonly bool _chinese;
    private readonly bool _strip;
    private readonly bool _lower;
    private readonly CharFlags _concerning;
    private readonly byte[] _ascii = new byte[128];

    public BertNormalizer(NormalizerOptions options)
    {
        _clean = options.CleanText;
        _chinese = options.HandleChineseChars;
        _lower = options.Lowercase;
        _strip = options.StripAccents ?? options.Lowercase;

        _concerning = CharFlags.WhiteSpace | CharFlags.Punctuation;
        if (_clean)
            _concerning |= CharFlags.Other;
        if (_chinese)
            _concerning |= CharFlags.Cjk;
        if (_strip)
            _concerning |= CharFlags.Nonspacing | CharFlags.Decomposes | CharFlags.Combining;
        if (_lower)
            _concerning |= CharFlags.HasLower;

        for (int character = 0; character < _ascii.Length; character++)
            _ascii[character] = MapAscii(character);
    }

    public void Normalize<TSink>(ReadOnlySpan<byte> utf8, ref TSink sink)
        where TSink : struct, INormalizedSink, allows ref struct
    {
        var marks = new MarkRun(sink.LongestRun);
        try
        {
            int at = 0;
            while (at < utf8.Length && !sink.IsFull)
            {
                byte first = utf8[at];
                if (first < 0x80)
                {
                    at++;
                    byte mapped = _ascii[first];
                    if (mapped == Dropped)
                        continue;
                    if (marks.Count > 0)
                        Flush(ref marks, ref sink);
                    sink.AddAscii(mapped);
                    continue;
                }

                bool valid = Rune.DecodeFromUtf8(utf8[at..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
                CharFlags flags = UnicodeTables.Flags(rune.Value);
                if ((flags & _concerning) != 0 || !valid)
                    Change(rune.Value, flags, ref marks, ref sink);
                else
                {
                    if (marks.Count > 0)
                        Flush(ref marks, ref sink);
                    sink.AddLetter(utf8.Slice(at, length));
                }

                at += length;
            }

            Flush(ref marks, ref sink);
        }
        finally
        {
            marks.Dispose();
        }
    }

    private void Change<TSink>(int scalar, CharFlags flags, ref MarkRun marks, ref TSink sink)
        where TSink : struct, INormalizedSink, allows ref struct
    {
        if (_clean && (flags & CharFlags.Other) != 0)
            return;

        if (_clean && (flags & CharFlags.WhiteSpace) != 0)
        {
            Flush(ref marks, ref sink);
            sink.AddAscii((byte)' ');
            return;
        }

        bool spaced = _chinese && (flags & CharFlags.Cjk) != 0;
        if (spaced)
        {
            Flush(ref marks, ref sink);
            sink.AddAscii((byte)' ');
        }

        if (_strip)
            Decompose(scalar, ref marks, ref sink);
        else
            AddLower(scalar, flags, ref sink);

        if (spaced)
            sink.AddAscii((byte)' ');
    }

    private void Decompose<TSink>(int scalar, ref MarkRun marks, ref TSink sink)
        where TSink : struct, INormalizedSink, allows ref struct
    {
        Span<int> parts = stackalloc int[UnicodeTables.MaxDecomposition];
        int count = UnicodeTables.Decompose(scalar, parts);
        foreach (int part in parts[..count])
        {
            CharFlags flags = UnicodeTables.Flags(part);
            bool combining = (flags & CharFlags.Combining) != 0;
            // A dropped mark of class 0 still ends the run before it.
            if (!combining || marks.IsFull)
                Flush(ref marks, ref sink);
            if ((flags & CharFlags.Nonspacing) != 0)
                continue;
            if (combining)
                marks.Add(part, UnicodeTables.CombiningClass(part));
            else
                AddLower(part, flags, ref sink);
        }
    }

    private void AddLower<TSink>(int scalar, CharFlags flags, ref TSink sink)
        where TSink : struct, INormalizedSink, allows ref struct
    {
        if (!_lower || (flags & CharFlags.HasLower) == 0)
        {
            sink.Add(scalar);
            return;
        }

        sink.Add(UnicodeTables.ToLower(scalar, out int second));
        if (second != 0)
            sink.Add(second);
    }

    // No combining character has a lower case, so the run goes out as it is.
    private static void Flush<TSink>(ref MarkRun marks, ref TSink sink)
        where TSink : struct, INormalizedSink, allows ref struct
    {
        if (marks.Count == 0)
            return;
        marks.Sort();
        for (int i = 0; i < marks.Count; i++)
            sink.Add(marks[i]);
        marks.Clear();
    }

    private byte MapAscii(int character)
    {
        CharFlags flags = UnicodeTables.Flags(character);
        if (_clean && (flags & CharFlags.Other) != 0)
            return Dropped;
        if (_clean && (flags & CharFlags.WhiteSpace) != 0)
            return (byte)' ';
        return (byte)(_lower ? UnicodeTables.ToLower(character, out _) : character);
    }
}
