using System.Runtime.InteropServices;
using Thaw.Inference;
using Thaw.Inference.Preparing;
using Thaw.Onnx.Runtime;
using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary><c>thaw prepare</c>.</summary>
internal static class PrepareCommand
{
    // A write beyond the limit on a file's size ends the process unless somebody takes it (signal(7)); it fails with an error then.
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    /// <param name="arguments">Those behind <c>prepare</c>.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.WriteLine(PrepareArguments.Help);
            return 0;
        }

        PrepareArguments parsed;
        try
        {
            parsed = PrepareArguments.Parse(arguments);
        }
        catch (SettingException exception)
        {
            Console.Error.WriteLine($"thaw: {exception.Message} thaw prepare --help tells more.");
            return 2;
        }

        using var cancellation = new CancellationTokenSource();
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
        }

        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var exceeded = PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true);
        return Prepare(parsed, cancellation.Token);
    }

    private static int Prepare(PrepareArguments arguments, CancellationToken cancellation)
    {
        var progress = new PrepareProgress(Console.Out, isTerminal: !Console.IsOutputRedirected);
        try
        {
            using var environment = OrtEnvironment.Create(Environment.ProcessorCount, (_, _) => { });
            Result<PreparationReport> result = new ModelPreparer(environment, progress.Report).Prepare(arguments.Directory, arguments.Output, cancellation);
            progress.End();
            if (!result.TryGet(out PreparationReport? report, out InferenceError? error))
            {
                Console.Error.WriteLine($"thaw: {error.Message}");
                return 1;
            }

            PrepareTable.Write(Console.Out, report);
            return 0;
        }
        catch (OperationCanceledException)
        {
            progress.End();
            Console.Error.WriteLine("thaw: interrupted; everything is as it was.");
            return 1;
        }
        catch (OnnxRuntimeException exception)
        {
            progress.End();
            Console.Error.WriteLine($"thaw: {exception.Message}");
            return 1;
        }
    }
}
