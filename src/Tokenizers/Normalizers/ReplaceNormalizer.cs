using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Replaces all occurrences of a text, from the left. The replacement has the origin of the last replaced character.</summary>
/// <param name="pattern">Not empty.</param>
internal sealed class ReplaceNormalizer(byte[] pattern, byte[] content) : Normalizer
{
    public override bool IsLocal { get; } = StaysInPart(pattern, content);

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        int found = from.Bytes.IndexOf(pattern);
        if (found < 0)
            return;
        to.Clear(from.Tracks);
        int at = 0;
        while (found >= 0)
        {
            to.Append(from, at, at + found);
            at += found + pattern.Length;
            to.Append(content, from.OriginOf(at - 1, at));
            found = from.Bytes[at..].IndexOf(pattern);
        }

        to.Append(from, at, from.Length);
        work.SwapText();
    }

    // A match must not reach across a cut, and must leave a visible character before it.
    private static bool StaysInPart(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> content) =>
        !pattern.Contains((byte)' ') && (!IsVisible(pattern[^1]) || (content.Length > 0 && IsVisible(content[^1])));

    private static bool IsVisible(byte value) => value is > (byte)' ' and < 0x7F;
}
