using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Removes white space at the ends of the text.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    // Every part except the last ends with a visible character, but may begin with spaces.
    public override bool IsLocal => !left;

    public override void Normalize(Workspace work)
    {
        ReadOnlySpan<byte> text = work.Text.Bytes;
        int start = left ? AddedTokenBounds.StripRight(text, 0) : 0;
        int end = right ? AddedTokenBounds.StripLeft(text, text.Length, start) : text.Length;
        if (end - start == text.Length)
            return;
        work.Spare.Clear(work.Text.Tracks);
        work.Spare.Append(work.Text, start, end);
        work.SwapText();
    }
}
