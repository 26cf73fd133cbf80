namespace Thaw.Onnx.InPlace;

/// <summary>How a model is read in place; the numbers are other ones in tests of small models.</summary>
internal sealed record InPlaceRules
{
    /// <summary>Smaller initializers are copied. Most are biases and scales, a hundredth of the weights, whose kernels need aligned memory;
    /// and shapes, which ONNX Runtime wants to see while it loads.</summary>
    public long SmallestMapped { get; init; } = 4096;

    /// <summary>A model of which more than one part in so many would be copied is left to ONNX Runtime. Where it computes weights from others
    /// while it loads, as of an export without constant folding, it keeps both: such a model took as long as plainly and 1.4 times the memory.</summary>
    public int CopiedShare { get; init; } = 16;

    /// <summary>Whether the graph is rewritten into fewer nodes (<see cref="Fusion.EncoderFusion"/>).</summary>
    public bool Fuse { get; init; } = true;
}
