using System.Text;
using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.MicroBenchmarks;

/// <summary>UTF-8 text to token ids, compared with the textbook algorithm.</summary>
// Benchmark classes are public and not sealed, because BenchmarkDotNet derives from them in another assembly.
[MemoryDiagnoser, ThroughputColumn]
public class TokenizerBenchmarks
{
    private readonly EncodedText _encoded = new();
    private Tokenizer _tokenizer = null!;
    private PlainWordPiece _plain = null!;
    private byte[] _text = [];
    private int[] _ids = [];

    [Params(TextKind.Short, TextKind.English, TextKind.ThirtyLanguages, TextKind.Chinese)]
    public TextKind Text { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerModel.Load();
        _plain = TokenizerModel.LoadPlain();
        _text = Encoding.UTF8.GetBytes(Texts.Of(Text));
        // No text has more tokens than bytes.
        _ids = new int[_text.Length + _tokenizer.SpecialTokensForOne];
        SameIds.Check(_tokenizer, _plain, _text, _ids.Length);
        // So that the buffers grow now and not in the first measured run.
        Encode();
        EncodeWithOffsets();
    }

    [GlobalCleanup]
    public void Cleanup() => _encoded.Dispose();

    [Benchmark(Baseline = true)]
    public int Plain() => _plain.Encode(Encoding.UTF8.GetString(_text), _ids);

    [Benchmark, AllocatesAtMost(0)]
    public int Encode() => _tokenizer.Encode(_text, _ids, out _);

    [Benchmark, AllocatesAtMost(0)]
    public int EncodeWithOffsets()
    {
        _tokenizer.Encode(_text, _encoded, EncodeOptions.Default);
        return _encoded.Count;
    }
}
