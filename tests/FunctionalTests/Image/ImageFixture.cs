using Thaw.ContainerImage;
using Thaw.FunctionalTests.Support;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Image;

/// <summary>The container image's file system, made from the published files.</summary>
public sealed class ImageFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageFixture() => Image = ImageTree.Write(_folder["root"], Path.GetDirectoryName(Published.Binary)!);

    public ImageTree Image { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts what the image starts, with the repository as a read-only volume.</summary>
    internal Task<ServerProcess> StartAsync(string tmp) =>
        ServerProcess.StartAsync(arguments: Image.Recipe.Command, binary: Image.Recipe.Entrypoint[0], wrapper: Container.Prefix(Image, tmp, Repository.Root));
}
