using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Thaw.Harness;

/// <summary>A server that was started and answers. It is killed when this is disposed, or when this process ends.</summary>
public sealed class RunningServer : IDisposable
{
    // A loop without a pause would take one of the cores that the server starts on. Refused connections take microseconds, so the
    // pause and the kernel's timer slack bound the error: below 0.3 ms.
    private const uint PauseMicroseconds = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder? _output;

    private RunningServer(Process process, int port, bool readsOutput)
    {
        Process = process;
        Port = port;
        AppDomain.CurrentDomain.ProcessExit += Kill;
        if (!readsOutput) return;
        _output = new StringBuilder();
        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public int Port { get; }

    /// <summary>From just before the process was created to the first 200 of <c>/ping</c>.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>What it has printed so far; empty unless its output is read.</summary>
    public string Output
    {
        get
        {
            if (_output is null) return "";
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts a server and waits until <c>/ping</c> answers.</summary>
    /// <param name="info">Makes the server listen on <paramref name="port"/>.</param>
    /// <param name="readsOutput">Reads what the server prints. Measurements do not, so that no thread of this process wakes up for a
    /// line; a server's log is too short to fill the pipe.</param>
    /// <exception cref="HarnessException">It ended, or was not ready in time.</exception>
    public static RunningServer Start(ProcessStartInfo info, int port, bool readsOutput = false)
    {
        info.RedirectStandardOutput = info.RedirectStandardError = true;
        long start = Stopwatch.GetTimestamp();
        var server = new RunningServer(Process.Start(info)!, port, readsOutput);
        try
        {
            while (HttpProbe.TryGet(port, "/ping") != 200)
            {
                if (server.Process.HasExited) throw new HarnessException($"{info.FileName} ended with {server.Process.ExitCode}: {server.ReadToEnd()}");
                if (Stopwatch.GetElapsedTime(start) > Patience)
                    throw new HarnessException($"{info.FileName} did not answer /ping with 200 within {Patience.TotalSeconds} s. {server.Output}");
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
        Process.Dispose();
    }

    private void Kill(object? sender, EventArgs arguments)
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.WaitForExit();
    }

    private string ReadToEnd()
    {
        if (_output is null) return (Process.StandardOutput.ReadToEnd() + Process.StandardError.ReadToEnd()).Trim();
        // Also waits for the last lines.
        Process.WaitForExit();
        return Output.Trim();
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        lock (_output!) _output.AppendLine(line.Data);
    }

    // Thread.Sleep knows whole milliseconds only.
    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint microseconds);
}
