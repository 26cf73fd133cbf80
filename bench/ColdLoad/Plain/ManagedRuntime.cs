using Microsoft.ML.OnnxRuntime;

namespace Thaw.ColdLoad.Plain;

/// <summary>Microsoft.ML.OnnxRuntime's own managed API: <c>new InferenceSession(path)</c>, <c>Run</c>.</summary>
internal sealed class ManagedRuntime
{
    /// <summary>Opens the library beside this program, which has the server's version, and creates the environment.</summary>
    public ManagedRuntime() => Version = OrtEnv.Instance().GetVersionString();

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <inheritdoc cref="NativeRuntime.Load"/>
    public PlainModel Load(string path, IReadOnlyList<string> inputs)
    {
        var session = new InferenceSession(path);
        return (ids, texts, _) =>
        {
            long[][] values = PlainInput.Tensors(ids, inputs);
            OrtValue[] tensors = [.. values.Select(value => OrtValue.CreateTensorValueFromMemory(value, [texts, value.Length / texts]))];
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, inputs, tensors, ["logits"]);
            float[] logits = outputs[0].GetTensorDataAsSpan<float>().ToArray();
            foreach (OrtValue tensor in tensors) tensor.Dispose();
            return logits;
        };
    }
}
