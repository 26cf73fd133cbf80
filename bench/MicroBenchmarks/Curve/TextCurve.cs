namespace Thaw.MicroBenchmarks.Curve;

/// <summary>Times of one tokenizer on texts of one kind, by growing length.</summary>
internal sealed record TextCurve(string Tokenizer, bool Offsets, string Text, CurvePoint[] Points)
{
    /// <summary>
    /// How much more a byte may cost in the longest text than in one of the middle, where the times of short texts no
    /// longer show. Caches and the kernel's pages take some; what grows with the square would take the ratio of the two
    /// lengths, <see cref="LengthRatio"/>.
    /// </summary>
    public const double MostGrowth = 4;

    public double Growth => Points[^1].NanosecondsPerByte / Middle.NanosecondsPerByte;

    public double LengthRatio => (double)Points[^1].Bytes / Middle.Bytes;

    private CurvePoint Middle => Points[Points.Length / 2];
}
