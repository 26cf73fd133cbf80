using Thaw.Onnx.Fusion;

namespace Thaw.Inference.Preparing;

/// <summary>The result of preparing a model.</summary>
public sealed record PreparationReport
{
    /// <summary>The directory to load.</summary>
    public required string Directory { get; init; }

    public required FusionReport Fusion { get; init; }

    /// <summary>Number of weights that are stored transposed.</summary>
    public required int TransposedWeights { get; init; }

    /// <summary>The variant that a load must ask for to get the prepared model; null if it must not ask for any.</summary>
    public string? Variant { get; init; }

    /// <summary>Why the server does not load the prepared model; null if it does.</summary>
    public string? Unserved { get; init; }

    /// <summary>What was measured; null if the model was already prepared and is unchanged.</summary>
    public PreparationGain? Gain { get; init; }
}
