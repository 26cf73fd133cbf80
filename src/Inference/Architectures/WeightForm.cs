namespace Thaw.Inference.Architectures;

/// <summary>How the weights of a model are arranged.</summary>
public enum WeightForm
{
    /// <summary>As in its file: each run packs the factors of products again.</summary>
    Exported,

    /// <summary>As runs read them fastest: by <c>thaw prepare</c>, or in the cache directory.</summary>
    LaidOut,

    /// <summary>In ONNX Runtime's own arrangement for the processor, in private memory.</summary>
    Packed,
}
