using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Removes combining marks, including spacing ones. Does not decompose anything.</summary>
internal sealed class StripAccentsNormalizer() : CharacterNormalizer(AllExcept(_ => false))
{
    protected override int Map(int scalar, out int second)
    {
        second = 0;
        return UnicodeTables.IsCombiningMark(scalar) ? Removed : scalar;
    }
}
