using System.Globalization;

namespace Thaw.Inference.Memory;

/// <summary>How much memory this process may use, from its control group or the machine.</summary>
public static class SystemMemory
{
    // The files of control groups version 2, and of version 1.
    private static readonly (string Limit, string Used, string Stat, string Prefix)[] ControlGroups =
    [
        ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", ""),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes", "sys/fs/cgroup/memory/memory.stat", "total_"),
    ];

    // Of the memory, one part in this many. A second of runs takes tens of MB of page tables at most.
    private const int ShortShare = 16;

    /// <summary>In bytes: the smallest of the control group's limit (v2, v1) and the machine's memory.</summary>
    public static long Limit() => Limit("/");

    /// <param name="root">Directory that contains <c>sys</c> and <c>proc</c>.</param>
    internal static long Limit(string root)
    {
        long limit = ReadMachine(Path.Combine(root, "proc/meminfo"));
        // A container sees its own group at the root of the mount. "max" (v2) and a number near 2^63 (v1) mean no limit.
        foreach ((string file, _, _, _) in ControlGroups) limit = Math.Min(limit, ReadNumber(Path.Combine(root, file)) ?? limit);

        return limit;
    }

    /// <summary>Bytes that can be read from files without evicting pages in use: free memory, and page cache that was not used recently.</summary>
    public static long Available() => Available("/");

    /// <summary>Whether hardly any memory would be left even if the system dropped all page cache: it ends processes then.</summary>
    public static bool IsShort() => IsShort("/");

    /// <param name="root">Directory that contains <c>sys</c> and <c>proc</c>.</param>
    internal static long Available(string root) => Available(root, "inactive_file ");

    /// <inheritdoc cref="Available(string)"/>
    internal static bool IsShort(string root) => Available(root, "inactive_file ", "active_file ") < Limit(root) / ShortShare;

    /// <param name="reclaimable">What counts as available of a control group's page cache. Of the machine's, the system decides.</param>
    private static long Available(string root, params ReadOnlySpan<string> reclaimable)
    {
        long available = ReadField(Path.Combine(root, "proc/meminfo"), "MemAvailable:", unit: 1024) ?? long.MaxValue;
        foreach ((string limit, string used, string stat, string prefix) in ControlGroups)
        {
            if (ReadNumber(Path.Combine(root, limit)) is not { } most || ReadNumber(Path.Combine(root, used)) is not { } now) continue;
            long room = most - now;
            foreach (string name in reclaimable) room += ReadField(Path.Combine(root, stat), prefix + name, unit: 1) ?? 0;
            available = Math.Min(available, Math.Max(0, room));
        }

        return available;
    }

    private static long ReadMachine(string file) => ReadField(file, "MemTotal:", unit: 1024) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The number after a name at the start of a line.</summary>
    private static long? ReadField(string file, string name, long unit)
    {
        foreach (string line in TryRead(file)?.Split('\n') ?? [])
        {
            if (!line.StartsWith(name, StringComparison.Ordinal)) continue;
            string number = line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            if (long.TryParse(number, CultureInfo.InvariantCulture, out long value)) return value * unit;
        }

        return null;
    }

    /// <summary>Null for "max", which means no limit.</summary>
    private static long? ReadNumber(string file) =>
        long.TryParse(TryRead(file)?.Trim(), CultureInfo.InvariantCulture, out long number) && number > 0 ? number : null;

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
