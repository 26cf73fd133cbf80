namespace Thaw.Inference.Serving;

/// <summary>A loaded model in a list.</summary>
/// <param name="Path">The directory, as given to the load.</param>
public readonly record struct ModelEntry(string Name, string Path);
