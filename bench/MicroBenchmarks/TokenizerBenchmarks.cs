using System.Text;
using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>Text to token ids, beside the transcoding to UTF-16 that a tokenizer of strings would need before it can begin.</summary>
// Benchmark classes are neither internal nor sealed: BenchmarkDotNet derives from them in another assembly.
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private const int MaxTokens = 512;

    private readonly int[] _ids = new int[MaxTokens];
    private WordPieceTokenizer _tokenizer = null!;
    private byte[] _text = [];
    private char[] _characters = [];

    [Params(TextKind.Short, TextKind.Long, TextKind.NonAscii)]
    public TextKind Text { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerFiles.Load(SampleModel.Directory);
        _text = Texts.Utf8(Text);
        _characters = new char[_text.Length];
    }

    [Benchmark(Baseline = true), AllocatesAtMost(0)]
    public int Transcode() => Encoding.UTF8.GetChars(_text, _characters);

    [Benchmark, AllocatesAtMost(0)]
    public int Encode() => _tokenizer.Encode(_text, _ids, out _);
}
