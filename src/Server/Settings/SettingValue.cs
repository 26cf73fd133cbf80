using System.Globalization;
using Thaw.Onnx.Runtime;

namespace Thaw.Server.Settings;

/// <summary>Reads the values of settings.</summary>
internal static class SettingValue
{
    public static bool TryNumber(string text, int least, int most, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least || value > most) return false;
        set(value);
        return true;
    }

    public static bool TryBoolean(string text, Action<bool> set) => TrySet(
        text.ToLowerInvariant() switch { "true" or "1" or "yes" or "on" => true, "false" or "0" or "no" or "off" => false, _ => null },
        set);

    public static bool TryDevice(string text, Action<DeviceSetting> set) => TrySet(DeviceSetting.TryParse(text, out DeviceSetting device) ? device : null, set);

    public static bool TryArena(string text, Action<CudaArena> set) => TrySet<CudaArena>(
        text.ToLowerInvariant() switch { "same-as-requested" => CudaArena.SameAsRequested, "next-power-of-two" => CudaArena.NextPowerOfTwo, _ => null },
        set);

    public static bool TryLogLevel(string text, Action<LogLevel> set)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        return TrySet<LogLevel>(
            text.ToLowerInvariant() switch
            {
                // SageMaker's toolkits use the numbers of Python's levels.
                _ when isNumber => number switch { <= 10 => LogLevel.Debug, <= 20 => LogLevel.Information, <= 30 => LogLevel.Warning, _ => LogLevel.Error },
                "debug" => LogLevel.Debug,
                "info" => LogLevel.Information,
                "warning" or "warn" => LogLevel.Warning,
                "error" or "critical" => LogLevel.Error,
                "none" => LogLevel.None,
                _ => null,
            },
            set);
    }

    /// <summary>Bytes; K, M, G and T stand for powers of 1024, with or without "B" or "iB" after them. 0 if the text is not a size.</summary>
    public static long ParseSize(string text)
    {
        string digits = text.TrimEnd('B', 'b', 'i');
        int shift = digits.Length == 0 ? 0 : char.ToUpperInvariant(digits[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        if (shift > 0) digits = digits[..^1];
        bool valid = double.TryParse(digits.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        double bytes = value * (1L << shift);
        return valid && bytes < long.MaxValue ? (long)bytes : 0;
    }

    private static bool TrySet<T>(T? value, Action<T> set) where T : struct
    {
        if (value is { } given) set(given);
        return value is not null;
    }
}
