using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Thaw.Inference.Caching;

/// <summary>Detects files that have changed since they were written, by their lengths and hashes in a file beside them.</summary>
internal static class CacheSeal
{
    private const string Header = "thaw packed weights 1";
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes the lengths and hashes of files in a directory.</summary>
    public static void Write(string directory, string seal, IEnumerable<string> files, CancellationToken cancellation)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (string file in files) text.Append(Describe(directory, file, cancellation)).Append('\n');
        File.WriteAllText(Path.Combine(directory, seal), text.ToString());
    }

    /// <summary>Whether the files are unchanged, byte for byte.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static bool IsWhole(string directory, string seal, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        string[] lines = File.ReadAllText(Path.Combine(directory, seal)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length != files.Count + 1 || lines[0] != Header) return false;
        for (int i = 0; i < files.Count; i++)
        {
            // Comparing the length first avoids hashing, which takes tenths of a second.
            string length = new FileInfo(Path.Combine(directory, files[i])).Length.ToString(CultureInfo.InvariantCulture);
            if (!lines[i + 1].StartsWith($"{files[i]} {length} ", StringComparison.Ordinal)) return false;
        }

        return files.Zip(lines.Skip(1)).All(pair => Describe(directory, pair.First, cancellation) == pair.Second);
    }

    private static string Describe(string directory, string name, CancellationToken cancellation)
    {
        using FileStream file = new(Path.Combine(directory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var hash = new XxHash128();
        var buffer = new byte[BufferBytes];
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.Append(buffer.AsSpan(0, read));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{name} {file.Length} {Convert.ToHexStringLower(hash.GetCurrentHash())}");
    }
}
