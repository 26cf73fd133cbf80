using System.Diagnostics;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.MicroBenchmarks.Curve;

/// <summary>
/// Times one tokenizer: in processor time, which other load on the machine hardly changes, and the best of several rounds,
/// because disturbances only add time.
/// </summary>
internal sealed class CurveMeasurement(Subject subject) : IDisposable
{
    private const int WarmUpBytes = 16 << 10;
    private const int MinRounds = 3;

    // A round encodes a short text several times, so that the processor clock can measure it.
    private const int RoundBytes = 128 << 10;

    private static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan MinTime = TimeSpan.FromMilliseconds(20);

    private readonly Tokenizer _tokenizer = subject.Load();
    private readonly EncodedText _encoded = new();
    private int[] _ids = [];

    /// <summary>Gives the runtime time to fully optimize the code that is measured.</summary>
    public void WarmUp(HostileText[] kinds)
    {
        foreach (HostileText kind in kinds)
        {
            byte[] text = kind.OfLength(WarmUpBytes);
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUpTime;)
            {
                Encode(text, offsets: false);
                Encode(text, offsets: true);
            }
        }
    }

    public TextCurve Run(HostileText kind, bool offsets, IEnumerable<int> lengths) =>
        new(subject.Name, offsets, kind.Name, [.. lengths.Select(length => Time(kind.OfLength(length), offsets))]);

    public void Dispose() => _encoded.Dispose();

    private CurvePoint Time(byte[] text, bool offsets)
    {
        int calls = Math.Max(1, RoundBytes / text.Length);
        TimeSpan best = TimeSpan.MaxValue;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < MinRounds || Stopwatch.GetElapsedTime(start) < MinTime; round++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            for (int call = 0; call < calls; call++) Encode(text, offsets);
            TimeSpan time = Environment.CpuUsage.TotalTime - before;
            best = time < best ? time : best;
        }

        return new CurvePoint(text.Length, best.TotalNanoseconds / calls / text.Length);
    }

    private void Encode(byte[] text, bool offsets)
    {
        if (offsets)
        {
            // Offsets in code points, which must be counted, unlike bytes.
            _tokenizer.Encode(text, _encoded, EncodeOptions.Default);
            return;
        }

        int room = 2 * text.Length + _tokenizer.SpecialTokensForOne;
        if (_ids.Length < room) _ids = new int[room];
        _tokenizer.Encode(text, _ids.AsSpan(0, room), out bool truncated);
        if (truncated) throw new InvalidOperationException("A text has more than two tokens per byte; not all of them are measured.");
    }
}
