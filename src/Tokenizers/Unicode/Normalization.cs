using System.Buffers;
using System.Text;

namespace Thaw.Tokenizers.Unicode;

/// <summary>
/// Unicode normalization that reports the changes from which the reference derives offsets. One pass without allocation; its time is
/// n log n in the longest run of combining characters and linear otherwise. Invalid UTF-8 is read as U+FFFD.
/// </summary>
internal static class Normalization
{
    public static bool IsNormalized(NormalForm form, ReadOnlySpan<byte> utf8) => KeptLength(form, utf8) == utf8.Length;

    public static void Run<TSink>(NormalForm form, ReadOnlySpan<byte> utf8, ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        var composer = new Composer(form);
        try
        {
            while (true)
            {
                int kept = KeptLength(form, utf8);
                if (kept > 0)
                    sink.Keep(utf8[..kept]);
                if (kept == utf8.Length)
                    return;
                utf8 = utf8[kept..];
                utf8 = utf8[Change(form, utf8, ref composer, ref sink)..];
            }
        }
        finally
        {
            composer.Dispose();
        }
    }

    // How many bytes at the start certainly do not change. For NFC and NFKC the character after them must be stable too.
    private static int KeptLength(NormalForm form, ReadOnlySpan<byte> utf8)
    {
        bool composes = form is NormalForm.Nfc or NormalForm.Nfkc;
        int at = 0;
        int last = 0;
        while (at < utf8.Length)
        {
            if (utf8[at] < 0x80)
            {
                int ascii = utf8[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
                at = ascii < 0 ? utf8.Length : at + ascii;
                last = at - 1;
                continue;
            }

            bool valid = Rune.DecodeFromUtf8(utf8[at..], out Rune rune, out int length) == OperationStatus.Done;
            if (!valid || !UnicodeTables.IsStable(form, rune.Value))
                return composes ? last : at;
            last = at;
            at += length;
        }

        return at;
    }

    // Normalizes the first character and all unstable ones after it, and returns their length. What follows does not interact with them.
    private static int Change<TSink>(NormalForm form, ReadOnlySpan<byte> utf8, ref Composer composer, ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        int at = 0;
        while (at < utf8.Length)
        {
            bool valid = Rune.DecodeFromUtf8(utf8[at..], out Rune rune, out int length) == OperationStatus.Done;
            if (at > 0 && valid && UnicodeTables.IsStable(form, rune.Value))
                break;
            composer.Add(rune.Value, ref sink);
            at += length;
        }

        composer.Flush(ref sink);
        return at;
    }
}
