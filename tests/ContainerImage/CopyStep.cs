namespace Thaw.ContainerImage;

/// <summary>A COPY of the last stage, which is a layer of the image.</summary>
public sealed record CopyStep(string Stage, string Source, string Destination);
