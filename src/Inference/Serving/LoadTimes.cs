namespace Thaw.Inference.Serving;

/// <summary>How long the steps of a load took.</summary>
/// <param name="Files">Finding the directory, reading its config, and reserving memory.</param>
/// <param name="Graph">Mapping the model's files, and reading and rewriting its graph.</param>
/// <param name="Session">Creating ONNX Runtime's session.</param>
/// <param name="Tokenizer">Recognizing the tokenizer; and parsing it, in parallel with the graph and the session, if no loaded model has the same one.</param>
/// <param name="Total">The whole load.</param>
public readonly record struct LoadTimes(TimeSpan Files, TimeSpan Graph, TimeSpan Session, TimeSpan Tokenizer, TimeSpan Total);
