using Thaw.Inference.Inspecting;

namespace Thaw.Server.Management;

/// <param name="Variant">Which of several ONNX files it is, such as "quantized"; omitted for model.onnx and names that do not say.</param>
/// <param name="Tokenizer">Its kind: WordPiece, BPE or Unigram.</param>
/// <param name="Remarks">What is unusual about the model and what follows, a sentence each.</param>
/// <param name="Weights">"exported" while they are used as they are in the file, "laid_out" once they are as runs read them fastest, "packed" in ONNX
/// Runtime's own arrangement.</param>
/// <param name="Session">"shared" with all models of the same architecture, or "own".</param>
/// <param name="OwnSessionReason">Why it is the model's own; omitted if it is shared.</param>
/// <param name="PageTableBytes">Omitted if the system cannot tell.</param>
internal sealed record DescribedModel(
    string ModelName,
    string ModelUrl,
    string ModelFile,
    string? Variant,
    string Task,
    string Tokenizer,
    int MaxTokens,
    int Labels,
    IReadOnlyList<string> LabelNames,
    IReadOnlyList<TensorFacts> Inputs,
    IReadOnlyList<TensorFacts> Outputs,
    IReadOnlyList<string> Remarks,
    string Weights,
    string Session,
    string? OwnSessionReason,
    double LoadMilliseconds,
    LoadPhases LoadPhases,
    long PrivateBytes,
    long MappedBytes,
    long? PageTableBytes,
    long Invocations);
