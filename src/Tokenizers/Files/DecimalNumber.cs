using System.Buffers.Text;
using System.Numerics;

namespace Thaw.Tokenizers;

/// <summary>Reads the scores of a vocabulary, which the general parser takes longer for than for all the rest of the file.</summary>
internal static class DecimalNumber
{
    private const int MostDigits = 19;

    private static readonly Divisor[] PowersOfTen = [.. Enumerable.Range(0, MostDigits + 1).Select(power => new Divisor((ulong)BigInteger.Pow(10, power)))];

    /// <summary>The nearest double, ties to even, as any exact parser has it. False for what is no finite JSON number.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        TryParsePlain(text, out value) || (Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && double.IsFinite(value));

    // Up to 19 digits with or without a point, and no exponent: digits / 10^n, which is one division of integers.
    private static bool TryParsePlain(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        bool negative = text.StartsWith("-"u8);
        ReadOnlySpan<byte> rest = negative ? text[1..] : text;
        if (rest.Length is 0 or > MostDigits + 1 || rest[0] == '.' || rest[^1] == '.' || (rest[0] == '0' && rest.Length > 1 && rest[1] != '.'))
            return false;
        ulong digits = 0;
        int point = rest.Length;
        for (int at = 0; at < rest.Length; at++)
        {
            uint digit = (uint)(rest[at] - '0');
            if (digit < 10)
                digits = 10 * digits + digit;
            else if (rest[at] == '.' && point == rest.Length)
                point = at;
            else
                return false;
        }

        int places = Math.Max(0, rest.Length - 1 - point);
        if (point + places > MostDigits)
            return false;
        value = digits == 0 ? 0 : PowersOfTen[places].Divide(digits);
        value = negative ? -value : value;
        return true;
    }

    /// <summary>Division by one number, by its reciprocal.</summary>
    private readonly struct Divisor
    {
        private readonly ulong _divisor;
        private readonly ulong _reciprocal;
        private readonly int _shift;

        public Divisor(ulong divisor)
        {
            _shift = BitOperations.LeadingZeroCount(divisor);
            _divisor = divisor << _shift;
            _reciprocal = (ulong)((UInt128.One << 127) / _divisor - 1);
        }

        /// <summary>The nearest double to the quotient. The dividend is not 0.</summary>
        public double Divide(ulong dividend)
        {
            int shift = BitOperations.LeadingZeroCount(dividend);
            dividend <<= shift;
            ulong quotient = Math.BigMul(dividend, _reciprocal, out _);
            UInt128 remainder = ((UInt128)dividend << 63) - (UInt128)quotient * _divisor;
            for (; remainder >= _divisor; remainder -= _divisor)
                quotient++;
            // It has 63 bits at least: whether anything remains goes into the last of them, far below those that are kept.
            quotient |= remainder != 0 ? 1u : 0;
            return quotient * double.ScaleB(1, _shift - shift - 63);
        }
    }
}
