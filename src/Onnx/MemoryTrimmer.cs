using System.Runtime.InteropServices;

namespace Thaw.Onnx;

/// <summary>
/// Gives memory back that unloaded models and finished runs left behind. ONNX Runtime shrinks its shared arena only at the end of a
/// run, so this runs a model of one node.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private readonly OrtSession _session;
    private readonly long[] _input = GC.AllocateArray<long>(1, pinned: true);

    public MemoryTrimmer(OrtEnvironment environment) =>
        _session = OrtSession.Load(environment, IdentityModel, new SessionSettings { Optimization = GraphOptimization.None });

    /// <summary>A ModelProto: ir_version 8, opset 13, a graph "g" of one Identity from the input "x" to the output "y", both int64 [n, m].</summary>
    private static ReadOnlySpan<byte> IdentityModel =>
    [
        0x08, 8, // ir_version
        0x3a, 0x43, // graph, 67 bytes
            0x0a, 0x10, // node, 16 bytes
                0x0a, 1, (byte)'x', // input
                0x12, 1, (byte)'y', // output
                0x22, 8, (byte)'I', (byte)'d', (byte)'e', (byte)'n', (byte)'t', (byte)'i', (byte)'t', (byte)'y', // op_type
            0x12, 1, (byte)'g', // name
            0x5a, 0x15, // input, 21 bytes
                0x0a, 1, (byte)'x', // name
                0x12, 0x10, // type, 16 bytes
                    0x0a, 0x0e, // tensor_type, 14 bytes
                        0x08, 7, // elem_type INT64
                        0x12, 0x0a, // shape, 10 bytes
                            0x0a, 3, 0x12, 1, (byte)'n', // dim with dim_param
                            0x0a, 3, 0x12, 1, (byte)'m',
            0x62, 0x15, // output, the same under another name
                0x0a, 1, (byte)'y',
                0x12, 0x10,
                    0x0a, 0x0e,
                        0x08, 7,
                        0x12, 0x0a,
                            0x0a, 3, 0x12, 1, (byte)'n',
                            0x0a, 3, 0x12, 1, (byte)'m',
        0x42, 0x04, // opset_import, 4 bytes
            0x0a, 0, // domain ""
            0x10, 13, // version
    ];

    /// <summary>Shrinks the arena to what is in use and trims the heap. Any number of threads may call it, and run models meanwhile.</summary>
    public void Trim()
    {
        var input = new TensorView(0, Marshal.UnsafeAddrOfPinnedArrayElement(_input, 0), TensorElementType.Int64, 1, 1);
        OrtRun.Execute(_session, [input], 0, shrinkArena: true).Dispose();
        NativeHeap.Trim();
    }

    public void Dispose() => _session.Dispose();
}
