using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Turns each byte into the character that stands for it in the byte-level alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    // The result has no spaces.
    public override bool IsLocal => false;

    public override void Normalize(Workspace work)
    {
        TextBuffer from = work.Text;
        TextBuffer to = work.Spare;
        to.Clear(from.Tracks);
        for (int at = 0; at < from.Length; at++)
            to.Append(ByteAlphabet.CharacterOf(from.Bytes[at]), from.OriginOf(at, at + 1));
        work.SwapText();
    }
}
