using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.MicroBenchmarks;

/// <summary>Reads a tokenizer's file, as every cold load does, compared with filling a dictionary from vocab.txt.</summary>
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

    /// <summary>The least that any load takes.</summary>
    [Benchmark]
    public byte[] ReadFile() => File.ReadAllBytes(_path);

    /// <summary>A vocabulary that no other tokenizer has, as for the first model of its family.</summary>
    [Benchmark, AllocatesAtMost(2_000_000)]
    public Tokenizer LoadNew()
    {
        _new.Change();
        return TokenizerFiles.Load(_new.Directory);
    }

    /// <summary>A vocabulary that another tokenizer already holds and that is found by its content.</summary>
    [Benchmark, AllocatesAtMost(1_000_000)]
    public Tokenizer LoadShared() => TokenizerFiles.Load(_shared.Directory);
}
