using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC and NFKD.</summary>
internal sealed class UnicodeNormalizer(NormalForm form) : Normalizer
{
    // A visible ASCII character and the space after it never change or combine.
    public override bool IsLocal => true;

    public override void Normalize(Workspace work)
    {
        if (Normalization.IsNormalized(form, work.Text.Bytes))
            return;
        work.Spare.Clear(work.Text.Tracks);
        var writer = new ChangeWriter(work.Text, work.Spare);
        Normalization.Run(form, work.Text.Bytes, ref writer);
        work.SwapText();
    }
}
