using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>A text that is not empty gets something in front, which has the first character's origin.</summary>
internal sealed class PrependNormalizer(byte[] prefix) : Normalizer
{
    public override bool IsLocal => false;

    public override void Normalize(Workspace work)
    {
        if (work.Text.Length == 0)
            return;
        work.Spare.Clear(work.Text.Tracks);
        work.Spare.Append(prefix, work.Text.OriginOf(0, 1));
        work.Spare.Append(work.Text, 0, work.Text.Length);
        work.SwapText();
    }
}
