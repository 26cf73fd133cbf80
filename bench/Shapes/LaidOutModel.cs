using System.Diagnostics;
using System.Runtime.InteropServices;
using Thaw.Harness;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using Architecture = Thaw.Inference.Architectures.Architecture;

namespace Thaw.Shapes;

/// <summary>An encoder with laid-out weights, and both sessions of its architecture, as in the server.</summary>
internal sealed class LaidOutModel : IDisposable
{
    private const int HeadSize = 64, FeedForward = 4, Layers = 3;

    // Any token would do.
    private const long Token = 200;

    private readonly TemporaryFolder _folder = new();
    private readonly Architecture _architecture;
    private readonly MappedWeights _weights;
    private readonly int _inputs;

    public LaidOutModel(OrtEnvironment environment, int hidden)
    {
        BertOptions options = BertOptions.BertBase with
        {
            VocabularySize = BertOptions.Tiny.VocabularySize,
            HiddenSize = hidden,
            Heads = hidden / HeadSize,
            FeedForwardSize = FeedForward * hidden,
            Layers = Layers,
        };
        ExportedModel.Write(_folder.Path, options);
        _inputs = options.InputNames.Count;
        using SharedModel model = SharedModel.TryOpen(Path.Combine(_folder.Path, ExportedModel.ModelName), new PlanTable(), out string? reason)
            ?? throw new HarnessException($"The model cannot share a session: {reason}");
        string path = Path.Combine(_folder.Path, "weights");
        using (FileStream file = File.Create(path)) model.WriteLayout(file, static _ => { });
        _weights = model.TryMapLaidOut(path, out _) ?? throw new HarnessException($"{path} is too short.");
        _architecture = new Architecture(environment, model.LaidOut!);
    }

    /// <summary>Runs a shape once.</summary>
    /// <returns>Milliseconds.</returns>
    public double Time(bool turned, int rows, int columns)
    {
        long[][] values = [.. Enumerable.Range(0, _inputs).Select(input => Input(input, rows * columns))];
        TensorView[] views =
        [
            .. values.Select((value, input) =>
                new TensorView(input, Marshal.UnsafeAddrOfPinnedArrayElement(value, 0), TensorElementType.Int64, new TensorShape(rows, columns))),
        ];
        OrtSession session = _architecture.Session(turned);
        long start = Stopwatch.GetTimestamp();
        using (OrtRun.Execute(session, views, [0], shrinkArena: false, _weights))
        {
        }

        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        GC.KeepAlive(values);
        return time;
    }

    public void Dispose()
    {
        _architecture.Dispose();
        _weights.Dispose();
        _folder.Dispose();
    }

    // In the order of the inputs: ids, a mask without padding, types.
    private static long[] Input(int input, int count)
    {
        long[] values = GC.AllocateUninitializedArray<long>(count, pinned: true);
        Array.Fill(values, input switch { 0 => Token, 1 => 1, _ => 0 });
        return values;
    }
}
