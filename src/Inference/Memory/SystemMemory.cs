using System.Globalization;

namespace Thaw.Inference.Memory;

/// <summary>How much memory this process may use, from the control group that it runs in or the machine.</summary>
public static class SystemMemory
{
    /// <summary>Bytes: the smallest of the control group's limit (v2, v1) and the machine's memory.</summary>
    public static long Limit() => Limit("/");

    /// <param name="root">Where <c>sys</c> and <c>proc</c> are found.</param>
    internal static long Limit(string root)
    {
        long limit = ReadMachine(Path.Combine(root, "proc/meminfo"));
        // A container sees its own group at the root of the mount. "max" (v2) and a number near 2^63 (v1) mean no limit.
        string[] files = ["sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"];
        foreach (string file in files)
        {
            if (TryRead(Path.Combine(root, file)) is { } text && long.TryParse(text.Trim(), CultureInfo.InvariantCulture, out long bytes) && bytes > 0)
                limit = Math.Min(limit, bytes);
        }

        return limit;
    }

    private static long ReadMachine(string file)
    {
        foreach (string line in TryRead(file)?.Split('\n') ?? [])
        {
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal)) continue;
            string kibibytes = line["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            if (long.TryParse(kibibytes, CultureInfo.InvariantCulture, out long value)) return value * 1024;
        }

        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
