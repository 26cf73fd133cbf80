using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC and NFKD.</summary>
internal sealed class UnicodeNormalizer(NormalForm form) : Normalizer
{
    // Neither a character of ASCII nor the space behind it changes, nor do they combine.
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
