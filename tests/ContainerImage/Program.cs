using System.Globalization;
using Thaw.ContainerImage;
using Thaw.TestModels;

// ContainerImage PUBLISHED FOLDER [BASE]: makes the image's file system in FOLDER/root from what publish.sh wrote, holds it to its limits, and
// leaves FOLDER/thaw, which starts the program in it. BASE is a folder with the base image's files, such as a container engine exports.
const int Runs = 10;

if (args.Length is not (2 or 3))
{
    Console.Error.WriteLine("ContainerImage PUBLISHED FOLDER [BASE]");
    return 2;
}

if (Container.Obstacle is { } obstacle)
{
    Console.Error.WriteLine($"Nothing can be started in the image: {obstacle}");
    return 1;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string folder = Path.GetFullPath(args[1]);
try
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    ImageTree image = ImageTree.Write(Path.Combine(folder, "root"), Path.GetFullPath(args[0]), args.ElementAtOrDefault(2));
    Console.WriteLine(args.Length == 3 ? $"Base: {image.Recipe.Base} as {args[2]} has it" : $"Base: in place of {image.Recipe.Base}, this machine's copies of its libraries");
    foreach (Layer layer in image.Layers.Prepend(image.Base))
    {
        Console.WriteLine($"{layer.Bytes,13:N0} bytes  {layer.Name}");
        foreach ((string path, long bytes) in layer.Files) Console.WriteLine($"{bytes,27:N0}  {path}");
    }

    long content = image.Layers.Sum(layer => layer.Bytes);
    Console.WriteLine($"{content,13:N0} bytes  besides the base (limit {ImageLimits.Content:N0})");
    Console.WriteLine($"{content + image.Base.Bytes,13:N0} bytes  in all (limit {ImageLimits.Total:N0})");
    // Not counted: it brings the files into the page cache.
    StartupTime.Measure(image);
    double[] times = [.. Enumerable.Range(0, Runs).Select(_ => StartupTime.Measure(image)).Order()];
    Console.WriteLine($"{times[0],13:F0} ms     exec to the first 200 of /ping, best of {Runs} (limit {ImageLimits.Startup:F0}); median {times[Runs / 2]:F0} ms");

    string models = Path.Combine(folder, "models");
    Directory.CreateDirectory(models);
    Container.WriteScript(Path.Combine(folder, "thaw"), image, "64m", Repository.Root);
    bool within = content < ImageLimits.Content && content + image.Base.Bytes < ImageLimits.Total && times[0] < ImageLimits.Startup;
    if (!within) Console.Error.WriteLine("The image is over a limit.");
    return within ? 0 : 1;
}
catch (Exception exception) when (exception is ImageException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
