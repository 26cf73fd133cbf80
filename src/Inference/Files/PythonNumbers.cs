using System.Buffers;
using System.Globalization;

namespace Thaw.Inference.Files;

/// <summary>What Python's json module writes that JSON does not have, and how Python writes numbers.</summary>
internal static class PythonNumbers
{
    // Python writes larger and smaller numbers with an exponent.
    private const int LargestFixed = 16, SmallestFixed = -4;

    /// <summary>A copy in which NaN, Infinity and -Infinity are texts, as Python's str() writes them.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> json)
    {
        var quoted = new ArrayBufferWriter<byte>(json.Length + 64);
        bool isText = false;
        int copied = 0;
        for (int at = 0; at < json.Length; at++)
        {
            int next = isText ? json[at..].IndexOfAny((byte)'"', (byte)'\\') : json[at..].IndexOfAny((byte)'"', (byte)'N', (byte)'I');
            if (next < 0) break;
            at += next;
            if (json[at] == '\\') at++;
            else if (json[at] == '"') isText = !isText;
            else if (json[at..].StartsWith("NaN"u8)) Replace(json, at, 3, "\"nan\""u8);
            else if (json[at..].StartsWith("Infinity"u8) && at > 0 && json[at - 1] == '-') Replace(json, at - 1, 9, "\"-inf\""u8);
            else if (json[at..].StartsWith("Infinity"u8)) Replace(json, at, 8, "\"inf\""u8);
        }

        quoted.Write(json[copied..]);
        return quoted.WrittenSpan.ToArray();

        void Replace(ReadOnlySpan<byte> from, int start, int length, ReadOnlySpan<byte> text)
        {
            quoted.Write(from[copied..start]);
            quoted.Write(text);
            copied = start + length;
        }
    }

    /// <summary>A JSON number as Python's str() writes what it reads from it: 1 as 1, 1.50 as 1.5, 1e400 as inf.</summary>
    public static string Text(string json)
    {
        // Python's whole numbers have any length.
        if (json.AsSpan().IndexOfAny('.', 'e', 'E') < 0) return json == "-0" ? "0" : json;
        double number = double.Parse(json, CultureInfo.InvariantCulture);
        string sign = double.IsNegative(number) ? "-" : "";
        if (double.IsInfinity(number)) return sign + "inf";
        string[] parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int point = parts[0].IndexOf('.');
        string all = parts[0].Replace(".", "", StringComparison.Ordinal), digits = all.TrimStart('0');
        // The number is 0.digits times ten to this power.
        int power = (point < 0 ? all.Length : point) - (all.Length - digits.Length);
        if (parts.Length == 2) power += int.Parse(parts[1], CultureInfo.InvariantCulture);
        return sign + Arrange(digits.TrimEnd('0'), power);
    }

    private static string Arrange(string digits, int power)
    {
        if (digits.Length == 0) return "0.0";
        int exponent = power - 1;
        if (exponent is < SmallestFixed or >= LargestFixed)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (power <= 0) return "0." + new string('0', -power) + digits;
        return power >= digits.Length ? digits.PadRight(power, '0') + ".0" : $"{digits[..power]}.{digits[power..]}";
    }
}
