namespace Thaw.Onnx.Traits;

/// <summary>The positions of a text's tokens: consecutive numbers.</summary>
/// <param name="First">The position of the first token.</param>
/// <param name="Most">The most tokens that there are numbers for.</param>
internal readonly record struct Positions(long First, long Most)
{
    public const long Unlimited = long.MaxValue;
}
