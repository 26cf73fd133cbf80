using System.Diagnostics;
using System.Text.Json;
using Thaw.ColdLoad.Cold;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.ColdLoad.Plain;

/// <summary>Starts the process that loads a model with plain ONNX Runtime, and reads what it measured.</summary>
internal sealed class PlainWay(string library, string tinyModel, bool managed)
{
    public string Name => managed ? Way.Managed : Way.Plain;

    /// <exception cref="HarnessException">The process ended with an error.</exception>
    public ColdSample Take(BenchModel model, ModelFiles files, int warmRuns)
    {
        string[] arguments =
        [
            PlainCommand.Name, managed ? PlainCommand.Managed : PlainCommand.Native, library, tinyModel,
            Path.Combine(files.First, ExportedModel.ModelName), Path.Combine(files.Second, ExportedModel.ModelName),
            string.Join(',', model.Options.InputNames), string.Join(',', Question.Ids), $"{model.Options.Labels}", $"{warmRuns}",
        ];
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new HarnessException($"The process with plain ONNX Runtime ended with {process.ExitCode}: {error.Result.Trim()}");
        return JsonSerializer.Deserialize<ColdSample>(output)!;
    }

    /// <summary>Starts this program again, all of its streams redirected.</summary>
    public static Process Start(IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // The official library sends telemetry unless both are set before it is opened. Thaw sets them itself.
        info.Environment["ORT_DISABLE_TELEMETRY"] = info.Environment["ORT_TELEMETRY_DISABLED"] = "1";
        return Process.Start(info)!;
    }
}
