using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Onnx.Architectures;

/// <summary>Reads, fuses, loads and runs a tiny encoder, so that the first model of a process finds this program's and ONNX Runtime's code in memory,
/// and its threads started. Without it the first model's graph took 5 ms more than the second's, its session 10 and its first run some 20.</summary>
public static class WarmUp
{
    /// <summary>An encoder with one layer of size 16, as PyTorch exports it; a test generates it again and compares.</summary>
    internal const string Model = "warm-up.onnx";

    private const int Tokens = 8;

    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot run it.</exception>
    public static void Run(OrtEnvironment environment)
    {
        using Stream resource = typeof(WarmUp).Assembly.GetManifestResourceStream(Model)!;
        var model = new byte[resource.Length];
        resource.ReadExactly(model);
        var plans = new PlanTable();
        using SharedModel shared = SharedModel.TryOpen(ModelOutline.Read(MappedFile.Of(Model, model), plans.Seed), plans, out _)!;
        using MappedWeights weights = shared.Map();
        var settings = new SessionSettings { Optimization = GraphOptimization.None, Prepacking = false };
        using OrtSession session = OrtSession.Load(environment, shared.AsExported.Model.Span, settings);
        // Ids, attention mask and token types: 1 is valid for all of them.
        long[] ones = GC.AllocateArray<long>(Tokens, pinned: true);
        Array.Fill(ones, 1);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(ones, 0);
        var shape = new TensorShape(1, Tokens);
        TensorView[] inputs =
            [.. Enumerable.Range(0, shared.InputsOf(session).Count).Select(input => new TensorView(input, address, TensorElementType.Int64, shape))];
        OrtRun.Execute(session, inputs, [0], shrinkArena: false, weights).Dispose();
        GC.KeepAlive(ones);
    }
}
