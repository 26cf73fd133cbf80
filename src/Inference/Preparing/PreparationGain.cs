namespace Thaw.Inference.Preparing;

/// <summary>Measurements of a model before and after it was prepared.</summary>
/// <param name="DiskBefore">Bytes of the model file and its weight files.</param>
/// <param name="Difference">The largest difference between their answers, as a share of the largest answer, or of 1 if that is more.</param>
/// <param name="Tolerance">The largest difference that is allowed.</param>
/// <param name="Batches">Number of batches that were compared.</param>
/// <param name="LongestText">Tokens of the longest text in them.</param>
public sealed record PreparationGain(
    TrialTimes Before, TrialTimes After, long DiskBefore, long DiskAfter, double Difference, double Tolerance, int Batches, int LongestText);
