namespace Thaw.MicroBenchmarks.Curve;

/// <summary>Times of one tokenizer on texts of one kind, in order of length.</summary>
internal sealed record TextCurve(string Tokenizer, bool Offsets, string Text, CurvePoint[] Points)
{
    /// <summary>
    /// How many times as much a byte may cost in the longest text as in the middle one, where fixed costs no longer matter.
    /// Caches and page faults cause some growth; quadratic time would cause growth by the ratio of the two lengths,
    /// <see cref="LengthRatio"/>.
    /// </summary>
    public const double MostGrowth = 4;

    public double Growth => Points[^1].NanosecondsPerByte / Middle.NanosecondsPerByte;

    public double LengthRatio => (double)Points[^1].Bytes / Middle.Bytes;

    private CurvePoint Middle => Points[Points.Length / 2];
}
