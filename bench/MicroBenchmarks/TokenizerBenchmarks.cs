using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using Thaw.Tokenizers;

namespace Thaw.MicroBenchmarks;

/// <summary>
/// UTF-8 text to token ids, beside Microsoft.ML.Tokenizers, which takes strings. Both read the same vocabulary; the ids of the two differ where
/// that library does not follow the reference.
/// </summary>
// Benchmark classes are neither internal nor sealed: BenchmarkDotNet derives from them in another assembly.
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private const int MaxTokens = 512;

    private readonly int[] _ids = new int[MaxTokens];
    private WordPieceTokenizer _tokenizer = null!;
    private BertTokenizer _baseline = null!;
    private byte[] _text = [];

    [Params(TextKind.Short, TextKind.Long, TextKind.NonAscii)]
    public TextKind Text { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerFiles.Load(SampleModel.Directory);
        _baseline = BertTokenizer.Create(Path.Combine(SampleModel.Directory, "vocab.txt"));
        _text = Texts.Utf8(Text);
    }

    [Benchmark(Baseline = true)]
    public int MicrosoftMLTokenizers() => _baseline.EncodeToIds(Encoding.UTF8.GetString(_text), MaxTokens, addSpecialTokens: true, out _, out _).Count;

    [Benchmark, AllocatesAtMost(0)]
    public int Encode() => _tokenizer.Encode(_text, _ids, out _);
}
