using System.Text;
using BenchmarkDotNet.Attributes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.MicroBenchmarks;

/// <summary>1 MB of English, of which the model takes 512 tokens: the rest should cost nothing.</summary>
[MemoryDiagnoser]
public class TokenizerTruncationBenchmarks
{
    private const int MaxTokens = 512;

    private readonly EncodedText _encoded = new();
    private readonly EncodeOptions _options = new() { MaxLength = MaxTokens };
    private readonly int[] _ids = new int[MaxTokens];
    private Tokenizer _tokenizer = null!;
    private PlainWordPiece _plain = null!;
    private byte[] _text = [];

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerModel.Load();
        _plain = TokenizerModel.LoadPlain();
        _text = Encoding.UTF8.GetBytes(Texts.English(1_000_000));
        SameIds.Check(_tokenizer, _plain, _text, MaxTokens);
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
        _tokenizer.Encode(_text, _encoded, _options);
        return _encoded.Count;
    }
}
