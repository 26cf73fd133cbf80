namespace Thaw.Inference.Serving;

/// <summary>Where the time of a load went, from its beginning to each step's end or, of what is done side by side, from its own beginning.</summary>
/// <param name="Files">The directory, its config and room for the model in memory.</param>
/// <param name="Graph">The model's files mapped, its graph read and rewritten.</param>
/// <param name="Session">ONNX Runtime's session.</param>
/// <param name="Tokenizer">The tokenizer, beside the two before.</param>
/// <param name="Total">The load.</param>
public readonly record struct LoadTimes(TimeSpan Files, TimeSpan Graph, TimeSpan Session, TimeSpan Tokenizer, TimeSpan Total);
