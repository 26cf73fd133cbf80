namespace Thaw.ContainerImage;

/// <summary>The Dockerfile says what this cannot do without a container engine, or what is to go into the image is not there.</summary>
public sealed class ImageException(string message) : Exception(message);
