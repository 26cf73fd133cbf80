using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.ContainerImage;

/// <summary>The image's file system in a folder, made as the Dockerfile's last stage makes it.</summary>
public sealed class ImageTree
{
    // What an engine adds to every container.
    private static readonly string[] MountPoints = ["dev", "proc", "sys"];

    private ImageTree(string root, ImageRecipe recipe, Layer baseLayer, List<Layer> layers)
    {
        (Root, Recipe, Base, Layers) = (root, recipe, baseLayer, layers);
    }

    public string Root { get; }

    public ImageRecipe Recipe { get; }

    public Layer Base { get; }

    public List<Layer> Layers { get; }

    /// <param name="root">An empty folder, or one that does not exist.</param>
    /// <param name="published">The folder that publish.sh wrote, as it does in the build stage.</param>
    /// <param name="baseFolder">The base image's files; null for <see cref="BaseFiles"/>.</param>
    /// <exception cref="HarnessException">The recipe copies what the build stage does not publish, or a file is missing.</exception>
    public static ImageTree Write(string root, string published, string? baseFolder = null)
    {
        string dockerfile = Path.Combine(Repository.Root, "Dockerfile");
        ImageRecipe recipe = ImageRecipe.Read(dockerfile);
        foreach (string folder in (string[])["etc", "tmp", .. MountPoints]) Directory.CreateDirectory(Path.Combine(root, folder));
        if (baseFolder is null) BaseFiles.Write(root, [Path.Combine(published, "thaw"), Path.Combine(published, "libonnxruntime.so")]);
        else CopyFolder(baseFolder, root);
        var baseLayer = new Layer(recipe.Base, FilesOf(root, root));

        List<Layer> layers = [];
        foreach (CopyStep step in recipe.Layers)
        {
            bool isPublished = Instruction.Read(dockerfile)
                .Any(instruction => instruction.Name == "RUN" && instruction.Text.StartsWith($"./publish.sh {step.Source} ", StringComparison.Ordinal));
            if (!isPublished) throw new HarnessException($"{step.Source} of stage {step.Stage} is not what publish.sh writes in that stage.");
            string destination = Path.Join(root, step.Destination);
            CopyFolder(published, destination);
            layers.Add(new Layer($"COPY {step.Source} {step.Destination}", FilesOf(destination, root)));
        }

        return new ImageTree(root, recipe, baseLayer, layers);
    }

    private static void CopyFolder(string source, string destination)
    {
        Directory.CreateDirectory(destination);
        foreach (string folder in Directory.GetDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Join(destination, Path.GetRelativePath(source, folder)));
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Join(destination, Path.GetRelativePath(source, file)), overwrite: true);
    }

    private static List<(string, long)> FilesOf(string folder, string root) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order()
            .Select(file => ("/" + Path.GetRelativePath(root, file), new FileInfo(file).Length))];
}
