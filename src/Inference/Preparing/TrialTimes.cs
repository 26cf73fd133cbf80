namespace Thaw.Inference.Preparing;

/// <summary>Times and memory of a session that was loaded for a trial.</summary>
/// <param name="FirstRun">Of one text of <see cref="TrialBatch.TimedTokens"/> tokens, or of as many as the model takes.</param>
/// <param name="WarmRun">The median of further runs of the same text.</param>
/// <param name="PrivateBytes">Private memory that load and first run added; mapped files are not in it.</param>
public sealed record TrialTimes(TimeSpan Load, TimeSpan FirstRun, TimeSpan WarmRun, long PrivateBytes);
