using System.Runtime.InteropServices;
using Thaw.Inference;
using Thaw.Inference.Preparing;
using Thaw.Onnx.Runtime;
using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary><c>thaw prepare</c>.</summary>
internal static class PrepareCommand
{
    public const string Name = "prepare";

    // By default, writing more than the limit on a file's size ends the process (signal(7)); with a handler the write fails with an error.
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    /// <param name="arguments">Those after <c>prepare</c>.</param>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="SettingException">An argument is unknown or missing.</exception>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.WriteLine(PrepareArguments.Help);
            return 0;
        }

        PrepareArguments parsed = PrepareArguments.Parse(arguments);
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
            Result<PreparationReport> result = new ModelPreparer(environment, progress.Report).Prepare(
                arguments.Directory, arguments.Output, arguments.Variant, cancellation);
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
            Console.Error.WriteLine("thaw: interrupted; nothing was changed.");
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
