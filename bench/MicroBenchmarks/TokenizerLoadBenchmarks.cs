using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Reading a tokenizer's files, part of every cold load, beside reading their bytes alone.</summary>
[MemoryDiagnoser]
public class TokenizerLoadBenchmarks
{
    private readonly string _json = Path.Combine(SampleModel.Directory, "tokenizer.json");

    [Benchmark(Baseline = true)]
    public byte[] ReadFile() => File.ReadAllBytes(_json);

    [Benchmark]
    public WordPieceTokenizer Load() => TokenizerFiles.Load(SampleModel.Directory);
}
