using System.Diagnostics;

namespace Thaw.Harness;

/// <summary>How a program ended, and what it printed.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program to its end.</summary>
    public static ProgramRun ToEnd(string program, IEnumerable<string> arguments) => ToEnd(new ProcessStartInfo(program, arguments));

    /// <inheritdoc cref="ToEnd(string, IEnumerable{string})"/>
    public static ProgramRun ToEnd(ProcessStartInfo info) => ToEndAsync(info, Timeout.InfiniteTimeSpan).GetAwaiter().GetResult();

    /// <summary>Runs a program to its end, or kills it.</summary>
    /// <exception cref="HarnessException">It took longer than <paramref name="patience"/>.</exception>
    public static async Task<ProgramRun> ToEndAsync(ProcessStartInfo info, TimeSpan patience)
    {
        info.RedirectStandardOutput = info.RedirectStandardError = true;
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new HarnessException(
                $"{info.FileName} {string.Join(' ', info.ArgumentList)} did not end within {patience.TotalSeconds} s: {await output}{await errors}");
        }

        return new ProgramRun(process.ExitCode, await output, await errors);
    }
}
