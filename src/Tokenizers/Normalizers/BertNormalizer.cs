using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// The reference's BertNormalizer in one pass. The reference's steps, each over the whole text, are: remove control characters and turn
/// white space into spaces; put spaces around CJK ideographs; decompose and remove nonspacing marks; convert to lower case.
/// Only canonical ordering needs more than one character at a time; <see cref="MarkRun"/> does that.
/// </summary>
internal sealed class BertNormalizer : Normalizer
{
    private readonly bool _clean;
    private readonly bool _chinese;
    private readonly bool _strip;
    private readonly bool _lower;
    private readonly CharFlags _relevant;

    public BertNormalizer(BertNormalizerOptions options)
    {
        _clean = options.CleanText;
        _chinese = options.HandleChineseChars;
        _lower = options.Lowercase;
        _strip = options.StripAccents ?? options.Lowercase;

        if (_clean)
            _relevant |= CharFlags.Other | CharFlags.WhiteSpace;
        if (_chinese)
            _relevant |= CharFlags.Cjk;
        if (_strip)
            _relevant |= CharFlags.Nonspacing | CharFlags.Decomposes | CharFlags.Combining;
        if (_lower)
            _relevant |= CharFlags.HasLower;
    }

    public override bool IsLocal => true;

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        to.Clear(from.Tracks);
        var marks = new MarkRun();
        try
        {
            for (int at = 0; at < from.Length;)
            {
                byte first = from.Bytes[at];
                if (first < 0x80)
                {
                    // A removed control character does not end a run of marks.
                    if (_clean && (UnicodeTables.Flags(first) & CharFlags.Other) != 0)
                    {
                        at++;
                        continue;
                    }

                    Flush(ref marks, to);
                    at = AppendAsciiRun(from, at, to);
                    continue;
                }

                int scalar = Utf8Text.Decode(from.Bytes, at, out int length);
                CharFlags flags = UnicodeTables.Flags(scalar);
                if ((flags & _relevant) == CharFlags.Cjk)
                {
                    Flush(ref marks, to);
                    to.AppendBetweenSpaces(from, at, at + length);
                }
                else if ((flags & _relevant) != 0)
                    Change(scalar, flags, from.OriginOf(at, at + length), ref marks, to);
                else
                {
                    Flush(ref marks, to);
                    to.Append(from, at, at + length);
                }

                at += length;
            }

            Flush(ref marks, to);
        }
        finally
        {
            marks.Dispose();
        }

        work.SwapText();
    }

    /// <summary>Maps ASCII characters from <paramref name="at"/> on, and returns where it stopped: at the end or at another character.</summary>
    private int AppendAsciiRun(TextBuffer from, int at, TextBuffer to)
    {
        ReadOnlySpan<byte> source = from.PaddedBytes;
        while (true)
        {
            int start = at;
            Span<byte> target = to.ReserveBytes(from.Length - start);
            int mapped;
            do
            {
                // Bytes after the end of the text are mapped too, into the padding, but not counted.
                mapped = MapVector(source[at..], target[(at - start)..]);
                at = Math.Min(at + mapped, from.Length);
            }
            while (mapped == Vector128<byte>.Count && at < from.Length);

            to.Commit(at - start, from, start);
            if (at == from.Length || source[at] >= 0x80)
                return at;
            // A removed control character.
            at++;
        }
    }

    /// <summary>Maps 16 bytes, and returns how many of them count: those before the first that is not ASCII or is removed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int MapVector(ReadOnlySpan<byte> source, Span<byte> target)
    {
        Vector128<byte> text = Vector128.Create(source);
        Vector128<byte> special = Vector128.GreaterThanOrEqual(text, Vector128.Create((byte)0x80));
        if (_clean)
        {
            Vector128<byte> white = Vector128.Equals(text, Vector128.Create((byte)'\t')) | Vector128.Equals(text, Vector128.Create((byte)'\n'))
                | Vector128.Equals(text, Vector128.Create((byte)'\r'));
            Vector128<byte> control = Vector128.LessThan(text, Vector128.Create((byte)' ')) | Vector128.Equals(text, Vector128.Create((byte)0x7F));
            special |= Vector128.AndNot(control, white);
            text = Vector128.ConditionalSelect(white, Vector128.Create((byte)' '), text);
        }

        if (_lower)
        {
            Vector128<byte> upper = Vector128.LessThan(text - Vector128.Create((byte)'A'), Vector128.Create((byte)26));
            text += upper & Vector128.Create((byte)0x20);
        }

        text.CopyTo(target);
        return BitOperations.TrailingZeroCount(special.ExtractMostSignificantBits() | 1u << Vector128<byte>.Count);
    }

    private void Change(int scalar, CharFlags flags, Origin origin, ref MarkRun marks, TextBuffer to)
    {
        if (_clean && (flags & CharFlags.Other) != 0)
            return;

        if (_clean && (flags & CharFlags.WhiteSpace) != 0)
        {
            Flush(ref marks, to);
            to.AppendAscii((byte)' ', origin);
            return;
        }

        bool spaced = _chinese && (flags & CharFlags.Cjk) != 0;
        if (spaced)
        {
            Flush(ref marks, to);
            to.AppendAscii((byte)' ', origin);
        }

        if (_strip && (flags & (CharFlags.Nonspacing | CharFlags.Decomposes | CharFlags.Combining)) != 0)
            Decompose(scalar, origin, ref marks, to);
        else
        {
            Flush(ref marks, to);
            AppendLower(scalar, flags, origin, to);
        }

        if (spaced)
            to.AppendAscii((byte)' ', origin);
    }

    private void Decompose(int scalar, Origin origin, ref MarkRun marks, TextBuffer to)
    {
        Span<int> parts = stackalloc int[UnicodeTables.MaxDecomposition];
        int count = UnicodeTables.Decompose(scalar, parts);
        for (int i = 0; i < count; i++)
        {
            CharFlags flags = UnicodeTables.Flags(parts[i]);
            bool dropped = (flags & CharFlags.Nonspacing) != 0;
            if ((flags & CharFlags.Combining) == 0)
            {
                // A removed mark of class 0 still ends the run before it.
                Flush(ref marks, to);
                if (!dropped)
                    AppendLower(parts[i], flags, origin, to);
            }
            else if (!dropped || to.Tracks)
            {
                // A removed mark matters only for the origins of the others.
                marks.Add(parts[i], UnicodeTables.CombiningClass(parts[i]), origin, inserted: i > 0, dropped);
            }
        }
    }

    private void AppendLower(int scalar, CharFlags flags, Origin origin, TextBuffer to)
    {
        if (!_lower || (flags & CharFlags.HasLower) == 0)
        {
            to.Append(scalar, origin);
            return;
        }

        to.Append(UnicodeTables.ToLower(scalar, out int second), origin);
        if (second != 0)
            to.Append(second, origin);
    }

    // No combining character has a lower-case form, so the run is written unchanged.
    private static void Flush(ref MarkRun marks, TextBuffer to)
    {
        if (marks.Count > 0)
            marks.Flush(to);
    }
}
