namespace Thaw.Inference.Serving;

/// <summary>A loaded model in a list.</summary>
/// <param name="Path">The directory, as the load named it.</param>
public readonly record struct ModelEntry(string Name, string Path);
