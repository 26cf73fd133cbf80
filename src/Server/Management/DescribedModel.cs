namespace Thaw.Server.Management;

/// <param name="Weights">"exported" while they are used as they are in the file, "laid_out" once they are as runs read them fastest, "packed" in ONNX
/// Runtime's own arrangement.</param>
/// <param name="Session">"shared" with all models of the same architecture, or "own".</param>
/// <param name="OwnSessionReason">Why it is the model's own; omitted if it is shared.</param>
/// <param name="PageTableBytes">Omitted if the system cannot tell.</param>
internal sealed record DescribedModel(
    string ModelName,
    string ModelUrl,
    string Task,
    int MaxTokens,
    int Labels,
    string Weights,
    string Session,
    string? OwnSessionReason,
    double LoadMilliseconds,
    LoadPhases LoadPhases,
    long PrivateBytes,
    long MappedBytes,
    long? PageTableBytes,
    long Invocations);
