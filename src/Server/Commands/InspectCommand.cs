using Thaw.Inference.Files;
using Thaw.Inference.Inspecting;
using Thaw.Onnx.Runtime;
using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary><c>thaw inspect</c>.</summary>
internal static class InspectCommand
{
    public const string Name = "inspect";

    /// <param name="arguments">Those after <c>inspect</c>.</param>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="SettingException">An argument is unknown or missing.</exception>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.WriteLine(InspectArguments.Help);
            return 0;
        }

        InspectArguments parsed = InspectArguments.Parse(arguments);
        // Standard output is for scripts.
        var progress = new Progress(Console.Error, isTerminal: !Console.IsErrorRedirected);
        Inspection inspection;
        try
        {
            using var environment = OrtEnvironment.Create(Environment.ProcessorCount, (_, _) => { });
            inspection = new ModelInspector(environment, step => progress.Report(step, 0))
                .Inspect(parsed.Path, new ModelSettings { Variant = parsed.Variant });
        }
        catch (OnnxRuntimeException exception)
        {
            progress.End();
            Console.Error.WriteLine($"thaw: {exception.Message}");
            return 1;
        }

        progress.End();
        if (parsed.AsJson) Console.WriteLine(InspectionJson.Write(inspection));
        else InspectionReport.Write(Console.Out, inspection);
        return inspection.Refusal is null ? 0 : 1;
    }
}
