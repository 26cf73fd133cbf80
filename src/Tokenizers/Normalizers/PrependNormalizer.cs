using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Puts a prefix before a text that is not empty; it has the origin of the first character.</summary>
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
