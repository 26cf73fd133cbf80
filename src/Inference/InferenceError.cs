namespace Thaw.Inference;

/// <summary>An expected refusal.</summary>
/// <param name="Message">The fact: what is wrong and where. It names no route, JSON key or setting; who answers the caller adds the advice.</param>
public sealed record InferenceError(InferenceErrorKind Kind, string Message);
