using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Removes some control characters, and turns some white space and similar characters into spaces.</summary>
internal sealed class NmtNormalizer() : CharacterNormalizer(AllExcept(value => value is < (byte)' ' or 0x7F))
{
    protected override int Map(int scalar, out int second)
    {
        second = 0;
        return Nmt.Map(scalar);
    }
}
