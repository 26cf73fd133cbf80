using Thaw.Inference;

namespace Thaw.Server.Http;

/// <summary>Answers a request, or returns why it is refused; then nothing of an answer is written yet.</summary>
internal delegate Task<InferenceError?> Handler(HttpContext context);
