using System.Diagnostics;
using System.Text.Json;
using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Plain;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.ColdLoad.Warm;

/// <summary>A process that has loaded a model with plain ONNX Runtime, and runs it when asked. It ends when this is disposed.</summary>
internal sealed class PlainProcess(string library, BenchModel model, string directory) : IDisposable
{
    private readonly Process _process = PlainWay.Start(
    [
        PlainWarmCommand.Name, library, Path.Combine(directory, ExportedModel.ModelName), string.Join(',', model.Options.InputNames), $"{model.Options.Labels}",
    ]);

    /// <exception cref="HarnessException">The process ended with an error.</exception>
    public PlainRun Run(WarmShape shape)
    {
        _process.StandardInput.WriteLine($"{shape.Texts},{string.Join(',', Question.IdsOf(shape.Texts, shape.Tokens))}");
        _process.StandardInput.Flush();
        string? line = _process.StandardOutput.ReadLine();
        if (line is null) throw new HarnessException($"The process with plain ONNX Runtime ended: {_process.StandardError.ReadToEnd().Trim()}");
        return JsonSerializer.Deserialize<PlainRun>(line)!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
