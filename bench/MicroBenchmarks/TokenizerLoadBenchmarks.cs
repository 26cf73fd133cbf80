using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Reading a tokenizer's files, part of every cold load, beside a dictionary filled from vocab.txt.</summary>
[MemoryDiagnoser]
public class TokenizerLoadBenchmarks
{
    private readonly string _json = Path.Combine(SampleModel.Directory, "tokenizer.json");

    [Benchmark(Baseline = true)]
    public int Plain() => PlainWordPiece.Load(SampleModel.VocabularyFile).Count;

    /// <summary>What no load can go below.</summary>
    [Benchmark]
    public byte[] ReadFile() => File.ReadAllBytes(_json);

    [Benchmark]
    public Tokenizer Load() => TokenizerFiles.Load(SampleModel.Directory);
}
