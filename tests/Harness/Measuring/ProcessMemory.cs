using System.Globalization;

namespace Thaw.Harness.Measuring;

/// <summary>What /proc/PID/status says, in bytes.</summary>
/// <param name="Resident">VmRSS: all pages in memory, shared ones too.</param>
/// <param name="Private">RssAnon: memory of this process alone, which only swapping could take back.</param>
/// <param name="File">RssFile: mapped files. Page cache, which the kernel takes back under pressure.</param>
/// <param name="Peak">VmHWM: the largest <paramref name="Resident"/> since the start or the last <see cref="ResetPeak"/>.</param>
/// <param name="PageTables">VmPTE: the kernel's page tables, which are not part of the others.</param>
public readonly record struct ProcessMemory(long Resident, long Private, long File, long Peak, long PageTables)
{
    public static ProcessMemory Read(int process)
    {
        string[] lines = System.IO.File.ReadAllLines($"/proc/{process}/status");
        return new ProcessMemory(Find(lines, "VmRSS:"), Find(lines, "RssAnon:"), Find(lines, "RssFile:"), Find(lines, "VmHWM:"), Find(lines, "VmPTE:"));
    }

    /// <summary>Restarts the peak from what is resident now (proc(5), clear_refs).</summary>
    public static void ResetPeak(int process) => System.IO.File.WriteAllText($"/proc/{process}/clear_refs", "5");

    // "VmRSS:\t   12345 kB"
    private static long Find(string[] lines, string name)
    {
        string line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?? throw new HarnessException($"/proc has no {name.TrimEnd(':')}: the process has ended, or this is not Linux.");
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
    }
}
