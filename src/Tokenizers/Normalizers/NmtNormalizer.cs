using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Some controls go, some white space and its kin become a space.</summary>
internal sealed class NmtNormalizer() : CharacterNormalizer(PlainBut(value => value is < (byte)' ' or 0x7F))
{
    protected override int Map(int scalar, out int second)
    {
        second = 0;
        return Nmt.Map(scalar);
    }
}
