namespace Thaw.TestModels.Bert;

/// <summary>Integer weights as onnxruntime.quantization.quantize_dynamic writes them in an exported graph.</summary>
public enum Quantization
{
    /// <summary>float32 throughout.</summary>
    None,

    /// <summary>One scale for a matrix, the default of quantize_dynamic.</summary>
    PerTensor,

    /// <summary>A scale for each column of a matrix (per_channel=True).</summary>
    PerChannel,
}
