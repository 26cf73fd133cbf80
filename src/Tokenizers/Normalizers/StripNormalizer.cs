using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>White space at the ends of the text goes.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    // A part but the last ends with a character that stays; it may begin with spaces.
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
