using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using Thaw.Tokenizers.Files;
using Tokenizer = Thaw.Tokenizers.Tokenizer;

namespace Thaw.MicroBenchmarks.Peer;

/// <summary>Loads vocab.txt, compared with Microsoft.ML.Tokenizers.</summary>
[MemoryDiagnoser]
public class PeerLoadBenchmarks
{
    private ChangingFile _new = null!;

    [GlobalSetup]
    public void Setup() => _new = new ChangingFile(TokenizerModel.VocabularyFile);

    [GlobalCleanup]
    public void Cleanup() => _new.Dispose();

    [Benchmark(Baseline = true)]
    public BertTokenizer Peer() => PeerTokenizer.Load();

    [Benchmark, AllocatesAtMost(2_000_000)]
    public Tokenizer LoadNew()
    {
        _new.Change();
        return TokenizerFiles.Load(_new.Directory);
    }
}
