namespace Thaw.ContainerImage;

/// <summary>A layer: the folder that it writes, and its files with their sizes in bytes.</summary>
public sealed record Layer(string Name, List<(string Path, long Bytes)> Files)
{
    public long Bytes => Files.Sum(file => file.Bytes);
}
