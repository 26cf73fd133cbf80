using System.Globalization;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Density;

/// <summary>A control group (version 2 or 1) with a limit on memory, page cache included. Disposing it deletes the group.</summary>
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

    /// <summary>A process joins the group by writing its id to this file.</summary>
    public string ProcessesFile => Path.Combine(_directory, "cgroup.procs");

    /// <summary>The most memory that the group has used, page cache included, in bytes.</summary>
    public long Peak => Read(_second ? "memory.peak" : "memory.max_usage_in_bytes");

    /// <summary>Creates a group, or says why it cannot.</summary>
    public static MemoryGroup? TryCreate(long limit, out string reason)
    {
        bool second = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        string root = second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        var group = new MemoryGroup(Path.Combine(root, $"thaw-bench-{Environment.ProcessId}"), second);
        try
        {
            Directory.CreateDirectory(group._directory);
            group.Write(second ? "memory.max" : "memory.limit_in_bytes", limit);
            // Only checks that the file exists; the group has no process yet.
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
            // Its files are the kernel's; rmdir removes them too.
            if (Directory.Exists(_directory)) Directory.Delete(_directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.WriteLine($"Could not delete the control group {_directory}: {exception.Message}");
        }
    }

    private long Read(string file) =>
        long.Parse(File.ReadAllText(Path.Combine(_directory, file)), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    private void Write(string file, long value) => File.WriteAllText(Path.Combine(_directory, file), Results.Text($"{value}"));
}
