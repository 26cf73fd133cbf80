using System.Diagnostics;

namespace Thaw.Harness;

/// <summary>The published server and the native library beside it.</summary>
public sealed record Binary(string Path, long Bytes, string LibraryPath, long LibraryBytes)
{
    private const string LibraryName = "libonnxruntime.so";

    /// <exception cref="HarnessException">One of the two is not there.</exception>
    public static Binary Find(string path)
    {
        var binary = new FileInfo(path);
        if (!binary.Exists) throw new HarnessException($"{path} does not exist. Run make publish in the root of the repository first, or give --binary.");
        var library = new FileInfo(System.IO.Path.Combine(binary.DirectoryName!, LibraryName));
        if (!library.Exists) throw new HarnessException($"There is no {LibraryName} beside {path}. Run make publish again.");
        return new Binary(binary.FullName, binary.Length, library.FullName, library.Length);
    }

    /// <summary>Runs the binary once to its end, so that later starts find it in the page cache, and this process's code compiled.</summary>
    /// <returns>What it printed.</returns>
    public string ReadVersion() => Run("--version");

    /// <summary>Runs the binary with these arguments to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="HarnessException">It ended with an error; the message is its own.</exception>
    public string Run(params string[] arguments)
    {
        ProgramRun run = ProgramRun.ToEnd(Path, arguments);
        return run.ExitCode == 0
            ? run.Output.Trim()
            : throw new HarnessException($"{Path} {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Errors.Trim()}");
    }

    /// <summary>Starts a server that is to be measured, and waits until it is ready.</summary>
    /// <param name="environment">Variables in addition to those of this process.</param>
    /// <param name="groupFile">The cgroup.procs of the control group to run the server in; null for this process's group.</param>
    /// <exception cref="HarnessException">It ended, or was not ready in time.</exception>
    public RunningServer Serve(IReadOnlyList<KeyValuePair<string, string>>? environment = null, string? groupFile = null)
    {
        int port = FreePort.Find();
        string[] serve = [Path, "serve", "--port", $"{port}"];
        // The shell enters the group and becomes the server: all of its memory counts for the group, and its process is the one started here.
        ProcessStartInfo info = groupFile is null
            ? new ProcessStartInfo(serve[0], serve[1..])
            : new ProcessStartInfo("/bin/sh", ["-c", "echo $$ > \"$0\" && exec \"$@\"", groupFile, .. serve]);
        foreach ((string name, string value) in environment ?? []) info.Environment[name] = value;
        return RunningServer.Start(info, port);
    }
}
