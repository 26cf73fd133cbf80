using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Thaw.Harness.Measuring;

/// <summary>How results are printed and saved.</summary>
public static class Results
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write<T>(string path, T report)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(report, Options) + "\n");
        Console.WriteLine($"\nWritten to {path}.");
    }

    /// <summary>Megabytes of 10^6 bytes, in a column of nine.</summary>
    public static string Megabytes(long bytes) => Text($"{bytes / 1e6,9:F1}");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
