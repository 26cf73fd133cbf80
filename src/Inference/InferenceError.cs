namespace Thaw.Inference;

/// <summary>An expected refusal.</summary>
/// <param name="Message">What is wrong and where, without routes, JSON keys of requests or settings; the server adds the advice.</param>
public sealed record InferenceError(InferenceErrorKind Kind, string Message);
