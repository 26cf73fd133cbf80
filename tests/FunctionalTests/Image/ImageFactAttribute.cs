using Thaw.ContainerImage;

namespace Thaw.FunctionalTests.Image;

/// <summary>A test inside the container image's file system; if the kernel does not allow that here, it is reported as skipped, with the reason.</summary>
public sealed class ImageFactAttribute : FactAttribute
{
    public ImageFactAttribute() => Skip = Container.Obstacle;
}
