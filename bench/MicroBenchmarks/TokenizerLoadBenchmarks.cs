using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.MicroBenchmarks;

/// <summary>Reading a tokenizer's file, part of every cold load, beside a dictionary filled from vocab.txt.</summary>
[MemoryDiagnoser]
public class TokenizerLoadBenchmarks
{
    private ChangingFile _shared = null!;
    private ChangingFile _new = null!;
    private string _path = "";
    private Tokenizer _first = null!;

    [Params("vocab.txt", "tokenizer.json")]
    public string FileName { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _path = Path.Combine(TokenizerModel.Directory, FileName);
        _shared = new ChangingFile(_path);
        _new = new ChangingFile(_path);
        _first = TokenizerFiles.Load(_shared.Directory);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        GC.KeepAlive(_first);
        _shared.Dispose();
        _new.Dispose();
    }

    [Benchmark(Baseline = true)]
    public int Plain() => TokenizerModel.LoadPlain().Count;

    /// <summary>What no load can go below.</summary>
    [Benchmark]
    public byte[] ReadFile() => File.ReadAllBytes(_path);

    /// <summary>A vocabulary that nobody else has, as the first model of its family.</summary>
    [Benchmark, AllocatesAtMost(2_000_000)]
    public Tokenizer LoadNew()
    {
        _new.Change();
        return TokenizerFiles.Load(_new.Directory);
    }

    /// <summary>A vocabulary that another tokenizer holds already, and that is found by its content.</summary>
    [Benchmark, AllocatesAtMost(1_000_000)]
    public Tokenizer LoadShared() => TokenizerFiles.Load(_shared.Directory);
}
