using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Combining marks go, the spacing ones too. Nothing is decomposed.</summary>
internal sealed class StripAccentsNormalizer() : CharacterNormalizer(PlainBut(_ => false))
{
    protected override int Map(int scalar, out int second)
    {
        second = 0;
        return UnicodeTables.IsCombiningMark(scalar) ? Removed : scalar;
    }
}
