using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Reading a tokenizer's files, part of every cold load, beside reading their bytes and beside Microsoft.ML.Tokenizers.</summary>
[MemoryDiagnoser]
public class TokenizerLoadBenchmarks
{
    private readonly string _json = Path.Combine(SampleModel.Directory, "tokenizer.json");
    private readonly string _vocabulary = Path.Combine(SampleModel.Directory, "vocab.txt");

    // It has no reader for tokenizer.json, so it is given the simpler file.
    [Benchmark(Baseline = true)]
    public BertTokenizer MicrosoftMLTokenizers() => BertTokenizer.Create(_vocabulary);

    [Benchmark]
    public byte[] ReadFile() => File.ReadAllBytes(_json);

    [Benchmark]
    public WordPieceTokenizer Load() => TokenizerFiles.Load(SampleModel.Directory);
}
