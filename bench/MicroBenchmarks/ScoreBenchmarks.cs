using BenchmarkDotNet.Attributes;
using Thaw.Inference;
using Thaw.Inference.Tasks;

namespace Thaw.MicroBenchmarks;

/// <summary>Logits to scores for one text, compared with the exponentials alone.</summary>
[MemoryDiagnoser]
public class ScoreBenchmarks
{
    // As many as the sample model has.
    private const int Classes = 30;

    private readonly float[] _scores = new float[Classes];
    private float[] _logits = [];

    [GlobalSetup]
    public void Setup() => _logits = [.. Enumerable.Range(0, Classes).Select(i => MathF.Sin(i) * 5)];

    [Benchmark(Baseline = true), AllocatesAtMost(0)]
    public float Exponentials()
    {
        // All of these benchmarks copy the logits first, because scoring works in place.
        _logits.CopyTo(_scores, 0);
        foreach (ref float score in _scores.AsSpan()) score = MathF.Exp(score);
        return _scores[0];
    }

    [Benchmark, AllocatesAtMost(0)]
    public InferenceError? Softmax() => Score(ScoreFunction.Softmax);

    [Benchmark, AllocatesAtMost(0)]
    public InferenceError? Sigmoid() => Score(ScoreFunction.Sigmoid);

    private InferenceError? Score(ScoreFunction function)
    {
        _logits.CopyTo(_scores, 0);
        return TextClassification.Score(_scores, function);
    }
}
