namespace Thaw.Onnx.InPlace;

/// <summary>How an ONNX model is read in place. Tests use other numbers, for small models.</summary>
internal sealed record InPlaceRules
{
    /// <summary>In bytes; smaller initializers are copied. Most of them are biases and scales (a hundredth of the weights), whose kernels need
    /// aligned memory, and shapes, which ONNX Runtime reads while it loads the model.</summary>
    public long SmallestMapped { get; init; } = 4096;

    /// <summary>If more than one part in this many of the weights would be copied, the model is not read in place. ONNX Runtime keeps both the
    /// weights that it computes while loading (as for an export without constant folding) and their originals: loading such a model in place took as
    /// long as loading it from its path, and 1.4 times the memory.</summary>
    public int CopiedShare { get; init; } = 16;

    /// <summary>Whether the graph is rewritten into fewer nodes (<see cref="Fusion.EncoderFusion"/>).</summary>
    public bool Fuse { get; init; } = true;
}
