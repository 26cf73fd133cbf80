using System.Globalization;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Density;

/// <summary>A control group with a limit on memory, page cache included, of version 2 or 1 of the kernel's interface. Goes when it is disposed.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private readonly string _directory;
    private readonly bool _second;

    private MemoryGroup(string directory, bool second)
    {
        _directory = directory;
        _second = second;
    }

    public string Version => _second ? "cgroup v2" : "cgroup v1";

    /// <summary>Where a process writes its number to enter.</summary>
    public string ProcessesFile => Path.Combine(_directory, "cgroup.procs");

    /// <summary>Largest memory of the group so far, page cache included, bytes.</summary>
    public long Peak => Read(_second ? "memory.peak" : "memory.max_usage_in_bytes");

    /// <summary>Makes a group, or says why that cannot be.</summary>
    public static MemoryGroup? TryCreate(long limit, out string reason)
    {
        bool second = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        string root = second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        var group = new MemoryGroup(Path.Combine(root, $"thaw-bench-{Environment.ProcessId}"), second);
        try
        {
            Directory.CreateDirectory(group._directory);
            group.Write(second ? "memory.max" : "memory.limit_in_bytes", limit);
            // No process yet, so nothing but the files' being there is tried.
            _ = group.Peak;
            reason = "";
            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            reason = exception.Message;
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            // Its files are the kernel's: rmdir takes them along.
            if (Directory.Exists(_directory)) Directory.Delete(_directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.WriteLine($"{_directory} is left behind: {exception.Message}");
        }
    }

    private long Read(string file) =>
        long.Parse(File.ReadAllText(Path.Combine(_directory, file)), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    private void Write(string file, long value) => File.WriteAllText(Path.Combine(_directory, file), Results.Text($"{value}"));
}
