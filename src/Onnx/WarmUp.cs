using System.Runtime.InteropServices;

namespace Thaw.Onnx;

/// <summary>Loads and runs a tiny encoder, so that the first model of a process finds ONNX Runtime's code in memory and its threads awake: its
/// first session took 10 ms more than the second, and its first run some 20.</summary>
public static class WarmUp
{
    /// <summary>One layer of 16, fused as every encoder is: a test makes it anew.</summary>
    internal const string Model = "warm-up.onnx";

    private const int Tokens = 8;

    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot run it.</exception>
    public static void Run(OrtEnvironment environment)
    {
        using Stream resource = typeof(WarmUp).Assembly.GetManifestResourceStream(Model)!;
        var model = new byte[resource.Length];
        resource.ReadExactly(model);
        using OrtSession session = OrtSession.Load(environment, model, new SessionSettings { Optimization = GraphOptimization.None, Prepacking = false });
        // One serves as ids, attention mask and token types alike.
        long[] ones = GC.AllocateArray<long>(Tokens, pinned: true);
        Array.Fill(ones, 1);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(ones, 0);
        TensorView[] inputs = [.. Enumerable.Range(0, session.Inputs.Count).Select(input => new TensorView(input, address, TensorElementType.Int64, 1, Tokens))];
        OrtRun.Execute(session, inputs, 0, shrinkArena: false).Dispose();
        GC.KeepAlive(ones);
    }
}
