using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Lower case, without context.</summary>
internal sealed class LowercaseNormalizer() : CharacterNormalizer(PlainBut(value => value is >= (byte)'A' and <= (byte)'Z'))
{
    protected override int Map(int scalar, out int second) => UnicodeTables.ToLower(scalar, out second);
}
