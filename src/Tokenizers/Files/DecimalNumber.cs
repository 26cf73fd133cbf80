using System.Globalization;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// Reads scores as the reference's JSON reader does, which is fast but not always exact: up to 64 bits of digits, rounded to a double and
/// divided by a power of ten. The last bit can decide between two paths of pieces.
/// </summary>
internal static class DecimalNumber
{
    private const int LargestPower = 308;

    // These are exact; scores seldom have more decimal places.
    private static readonly double[] SmallPowers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>False if it is not a JSON number, or too large for a double.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        bool negative = text.StartsWith("-"u8);
        int at = negative ? 1 : 0;
        int start = at;
        ulong digits = 0;
        bool isFull = false;
        int exponent = 0;
        while (TryDigit(text, at, out uint digit))
        {
            isFull = isFull || !TryAppend(ref digits, digit);
            exponent += isFull ? 1 : 0;
            at++;
        }

        value = 0;
        bool isWhole = at > start && (text[start] != '0' || at == start + 1);
        if (!isWhole || !TryParseFraction(text, ref at, ref digits, ref exponent) || !TryParseExponent(text, ref at, ref exponent) || at != text.Length)
            return false;
        value = Scale(digits, exponent);
        value = negative ? -value : value;
        return double.IsFinite(value);
    }

    private static bool TryParseFraction(ReadOnlySpan<byte> text, ref int at, ref ulong digits, ref int exponent)
    {
        if (at == text.Length || text[at] != '.')
            return true;
        int start = ++at;
        bool isFull = false;
        while (TryDigit(text, at, out uint digit))
        {
            isFull = isFull || !TryAppend(ref digits, digit);
            exponent -= isFull ? 0 : 1;
            at++;
        }

        return at > start;
    }

    private static bool TryParseExponent(ReadOnlySpan<byte> text, ref int at, ref int exponent)
    {
        if (at == text.Length || text[at] is not ((byte)'e' or (byte)'E'))
            return true;
        at++;
        bool negative = at < text.Length && text[at] == '-';
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
            at++;
        int start = at;
        long power = 0;
        while (TryDigit(text, at, out uint digit))
        {
            power = Math.Min(10 * power + digit, int.MaxValue);
            at++;
        }

        exponent = (int)Math.Clamp(exponent + (negative ? -power : power), int.MinValue / 2, int.MaxValue / 2);
        return at > start;
    }

    private static double Scale(ulong digits, int exponent)
    {
        double value = digits;
        while (exponent < -LargestPower && value != 0)
        {
            value /= 1e308;
            exponent += LargestPower;
        }

        if (value == 0)
            return value;
        if (exponent > LargestPower)
            return double.PositiveInfinity;
        return exponent < 0 ? value / Power(-exponent) : value * Power(exponent);
    }

    private static double Power(int power) =>
        power < SmallPowers.Length ? SmallPowers[power] : double.Parse($"1e{power}", CultureInfo.InvariantCulture);

    private static bool TryDigit(ReadOnlySpan<byte> text, int at, out uint digit)
    {
        digit = at < text.Length ? (uint)(text[at] - '0') : 10;
        return digit < 10;
    }

    private static bool TryAppend(ref ulong digits, uint digit)
    {
        const ulong Most = ulong.MaxValue / 10;
        if (digits > Most || (digits == Most && digit > ulong.MaxValue % 10))
            return false;
        digits = 10 * digits + digit;
        return true;
    }
}
