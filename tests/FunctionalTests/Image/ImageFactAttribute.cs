using Thaw.ContainerImage;

namespace Thaw.FunctionalTests.Image;

/// <summary>A test inside the container image's file system; reported as skipped, with the reason, where the kernel lets nobody enter one.</summary>
public sealed class ImageFactAttribute : FactAttribute
{
    public ImageFactAttribute() => Skip = Container.Obstacle;
}
