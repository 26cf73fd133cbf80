using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Runtime;

/// <summary>The process's only environment of ONNX Runtime.</summary>
public sealed class OnnxRuntimeFixture : IDisposable
{
    internal OrtEnvironment Environment { get; } = OrtEnvironment.Create(2, (_, _) => { });

    public void Dispose() => Environment.Dispose();
}
