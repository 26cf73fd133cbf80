using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Converts to lower case, one character at a time.</summary>
internal sealed class LowercaseNormalizer() : CharacterNormalizer(AllExcept(value => value is >= (byte)'A' and <= (byte)'Z'))
{
    protected override int Map(int scalar, out int second) => UnicodeTables.ToLower(scalar, out second);
}
