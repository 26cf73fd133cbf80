using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// Returns memory to the system that unloaded models and finished runs left allocated. ONNX Runtime shrinks its shared arena only at the
/// end of a run, so this runs a model of one node.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private readonly OrtSession _session;
    private readonly long[] _input = GC.AllocateArray<long>(1, pinned: true);

    public MemoryTrimmer(OrtEnvironment environment) =>
        _session = OrtSession.Load(environment, TinyModel.Identity, new SessionSettings { Optimization = GraphOptimization.None });

    /// <summary>Shrinks the arena to what is in use and trims the heap. Any number of threads may call it, also while others run models.</summary>
    public void Trim()
    {
        var input = new TensorView(0, Marshal.UnsafeAddrOfPinnedArrayElement(_input, 0), TensorElementType.Int64, new TensorShape(1, 1));
        OrtRun.Execute(_session, [input], [0], shrinkArena: true).Dispose();
        NativeHeap.Trim();
    }

    public void Dispose() => _session.Dispose();
}
