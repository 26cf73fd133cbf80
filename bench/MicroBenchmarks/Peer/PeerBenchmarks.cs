using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;
using Tokenizer = Thaw.Tokenizers.Tokenizer;

namespace Thaw.MicroBenchmarks.Peer;

/// <summary>
/// Text to token ids, compared with Microsoft.ML.Tokenizers. Each gets the form it takes: UTF-8 here, a string there. Some of
/// the peer's ids differ (tests/UnitTests/Tokenizers/Peer), which hardly matters for the times of these texts.
/// </summary>
[MemoryDiagnoser, ThroughputColumn]
public class PeerBenchmarks
{
    private Tokenizer _tokenizer = null!;
    private BertTokenizer _peer = null!;
    private string _string = "";
    private byte[] _text = [];
    private int[] _ids = [];

    [Params(TextKind.Short, TextKind.English, TextKind.ThirtyLanguages, TextKind.Chinese)]
    public TextKind Text { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _tokenizer = TokenizerModel.Load();
        _peer = PeerTokenizer.Load();
        _string = Texts.Of(Text);
        _text = Encoding.UTF8.GetBytes(_string);
        _ids = new int[_text.Length + _tokenizer.SpecialTokensForOne];
    }

    [Benchmark(Baseline = true)]
    public int Peer() => _peer.EncodeToIds(_string, _ids.Length, out _, out _).Count;

    [Benchmark, AllocatesAtMost(0)]
    public int Encode() => _tokenizer.Encode(_text, _ids, out _);
}
