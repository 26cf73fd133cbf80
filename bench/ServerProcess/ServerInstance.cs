using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Thaw.ServerProcess;

/// <summary>One running server, killed when it is disposed.</summary>
internal sealed class ServerInstance : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A loop without a pause would take one of the cores that the server starts on. Refused connections cost microseconds, so the
    // pause and the kernel's timer slack bound the error: below 0.3 ms.
    private const uint PauseMicroseconds = 100;

    private readonly Process _process;

    private ServerInstance(Process process, int port)
    {
        _process = process;
        Port = port;
        // A bench that is interrupted takes its servers along.
        AppDomain.CurrentDomain.ProcessExit += Kill;
    }

    public int Id => _process.Id;

    public int Port { get; }

    /// <summary>From just before the process was made to the first 200 of <c>/ping</c>.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>Runs the binary to its end once, so that later starts find it in the page cache and this process compiled.</summary>
    /// <returns>What it printed.</returns>
    public static string ReadVersion(Binary binary) => Run(binary, "--version");

    /// <summary>Runs the binary with these arguments to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="BenchException">It ended with an error; the message is its own.</exception>
    public static string Run(Binary binary, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(binary.Path, arguments))!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new BenchException($"{binary.Path} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result.Trim()}");
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="groupFile">The cgroup.procs of the control group that the server is to run in; null leaves it in this process's.</param>
    /// <exception cref="BenchException">It ended, or was not ready in time.</exception>
    public static ServerInstance Start(Binary binary, IReadOnlyList<KeyValuePair<string, string>>? environment = null, string? groupFile = null)
    {
        int port = FindFreePort();
        string[] serve = ["serve", "--port", $"{port}"];
        // The shell enters the group, and becomes the server: all of its memory is the group's, and the process is the one started here.
        ProcessStartInfo info = groupFile is null
            ? StartInfo(binary.Path, serve)
            : StartInfo("/bin/sh", ["-c", "echo $$ > \"$0\" && exec \"$@\"", groupFile, binary.Path, .. serve]);
        foreach ((string name, string value) in environment ?? []) info.Environment[name] = value;
        long start = Stopwatch.GetTimestamp();
        var server = new ServerInstance(Process.Start(info)!, port);
        try
        {
            while (HttpProbe.TryGet(port, "/ping") != 200)
            {
                if (server._process.HasExited) throw new BenchException($"{binary.Path} ended with {server._process.ExitCode}: {server.ReadOutput()}");
                if (Stopwatch.GetElapsedTime(start) > Patience) throw new BenchException($"{binary.Path} did not answer /ping with 200 within {Patience.TotalSeconds} s.");
                _ = Sleep(PauseMicroseconds);
            }

            server.TimeToReady = Stopwatch.GetElapsedTime(start);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(null, EventArgs.Empty);
        _process.Dispose();
    }

    private void Kill(object? sender, EventArgs arguments)
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
    }

    // The server writes a few lines of log, far from what fills a pipe, so nobody has to read along.
    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

    private string ReadOutput() => (_process.StandardOutput.ReadToEnd() + _process.StandardError.ReadToEnd()).Trim();

    /// <summary>
    /// A port below those that the kernel hands out to clients: polling one of those until somebody listens can end in a connection of
    /// the poller with itself.
    /// </summary>
    private static int FindFreePort()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int port = Random.Shared.Next(20_000, 30_000);
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }

        throw new BenchException("No port between 20000 and 30000 is free.");
    }

    // Thread.Sleep knows whole milliseconds only.
    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint microseconds);
}
