namespace Thaw.Server.Management;

/// <param name="Tier">0 while the weights are used as they are in the file, 1 once they are packed.</param>
internal sealed record DescribedModel(
    string ModelName,
    string ModelUrl,
    string Task,
    int MaxTokens,
    int Labels,
    int Tier,
    double LoadMilliseconds,
    LoadPhases LoadPhases,
    long PrivateBytes,
    long MappedBytes,
    long Invocations);
