using Thaw.Onnx.Fusion;

namespace Thaw.Inference.Preparing;

/// <summary>What became of a model that was prepared.</summary>
public sealed record PreparationReport
{
    /// <summary>The directory to load.</summary>
    public required string Directory { get; init; }

    public required FusionReport Fusion { get; init; }

    /// <summary>Weights that are stored transposed.</summary>
    public required int TransposedWeights { get; init; }

    /// <summary>Measured and compared; null when the model was prepared already and stayed as it is.</summary>
    public PreparationGain? Gain { get; init; }
}

/// <summary>A model before and after.</summary>
/// <param name="DiskBefore">Bytes of the model's file and of those that its weights are in.</param>
/// <param name="Difference">The largest of its answers' differences, as a share of the largest answer, or of 1 if that is more.</param>
/// <param name="Tolerance">What that may be at most.</param>
/// <param name="Batches">Batches that were compared.</param>
/// <param name="LongestText">Tokens of the longest text in them.</param>
public sealed record PreparationGain(
    TrialTimes Before, TrialTimes After, long DiskBefore, long DiskAfter, double Difference, double Tolerance, int Batches, int LongestText);

/// <summary>How a session that was loaded for a trial did.</summary>
/// <param name="FirstRun">One text of <see cref="TrialBatch.TimedTokens"/> tokens, or as many as the model takes.</param>
/// <param name="WarmRun">The median of some more of them.</param>
/// <param name="PrivateBytes">Memory that the process had no longer for itself once it was loaded and had run, mapped files left out.</param>
public sealed record TrialTimes(TimeSpan Load, TimeSpan FirstRun, TimeSpan WarmRun, long PrivateBytes);
