using System.Text;
using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>UTF-8 text to token ids, beside the textbook form of the algorithm.</summary>
// Benchmark classes are neither internal nor sealed: BenchmarkDotNet derives from them in another assembly.
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private const int MaxTokens = 512;

    private readonly int[] _ids = new int[MaxTokens];
    private Tokenizer _tokenizer = null!;
    private PlainWordPiece _plain = null!;
    private byte[] _text = [];

    [Params(TextKind.Short, TextKind.Long, TextKind.NonAscii)]
    public TextKind Text { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerFiles.Load(SampleModel.Directory);
        _plain = PlainWordPiece.Load(SampleModel.VocabularyFile);
        _text = Texts.Utf8(Text);
    }

    [Benchmark(Baseline = true)]
    public int Plain() => _plain.Encode(Encoding.UTF8.GetString(_text), _ids);

    [Benchmark, AllocatesAtMost(0)]
    public int Encode() => _tokenizer.Encode(_text, _ids, out _);
}
