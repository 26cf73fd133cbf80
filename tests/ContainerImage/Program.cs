using System.Diagnostics;
using System.Globalization;
using Thaw.ContainerImage;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;

const string Help = """
    Makes the file system of the container image without a container engine, and checks its limits.

    usage: ContainerImage PUBLISHED FOLDER [BASE]

      PUBLISHED   what publish.sh wrote
      FOLDER      where the file system goes (FOLDER/root), and a script that starts the program in it (FOLDER/thaw)
      BASE        the base image's files, as a container engine exports them; without it, this machine's copies of its libraries

    """;

const int Runs = 10;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return Tool.Run(args, Help, () =>
{
    if (args.Length is not (2 or 3)) throw new ArgumentException("Give the published folder and the folder to write to; --help says more.");
    if (Container.Obstacle is { } obstacle) throw new HarnessException($"Nothing can be started in the image: {obstacle}");

    string folder = Path.GetFullPath(args[1]);
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    ImageTree image = ImageTree.Write(Path.Combine(folder, "root"), Path.GetFullPath(args[0]), args.ElementAtOrDefault(2));
    Console.WriteLine(args.Length == 3
        ? $"Base: {image.Recipe.Base}, from {args[2]}"
        : $"Base: this machine's copies of the libraries of {image.Recipe.Base}");
    foreach (Layer layer in image.Layers.Prepend(image.Base))
    {
        Console.WriteLine($"{layer.Bytes,13:N0} bytes  {layer.Name}");
        foreach ((string path, long bytes) in layer.Files) Console.WriteLine($"{bytes,27:N0}  {path}");
    }

    long content = image.Layers.Sum(layer => layer.Bytes);
    Console.WriteLine($"{content,13:N0} bytes  without the base (limit {ImageLimits.Content:N0})");
    Console.WriteLine($"{content + image.Base.Bytes,13:N0} bytes  in all (limit {ImageLimits.Total:N0})");
    // Not counted: it brings the files into the page cache.
    MeasureStart(image);
    Spread times = Spread.Of(Enumerable.Range(0, Runs).Select(_ => MeasureStart(image)));
    Console.WriteLine(
        $"{times.Minimum,13:F0} ms     exec to the first 200 of /ping, best of {Runs} (limit {ImageLimits.Startup:F0}); median {times.Median:F0} ms");

    Directory.CreateDirectory(Path.Combine(folder, "models"));
    Container.WriteScript(Path.Combine(folder, "thaw"), image, "64m", Repository.Root);
    bool within = content < ImageLimits.Content && content + image.Base.Bytes < ImageLimits.Total && times.Minimum < ImageLimits.Startup;
    if (!within) Console.Error.WriteLine("The image is over a limit.");
    return within ? 0 : 1;
});

// Milliseconds from exec to the first 200 of /ping, including the commands that enter the image.
static double MeasureStart(ImageTree image)
{
    int port = FreePort.Find();
    string[] command = [.. Container.Prefix(image, "64m"), .. image.Recipe.Entrypoint, .. image.Recipe.Command, "--port", $"{port}", "--log-level", "warning"];
    using RunningServer server = RunningServer.Start(new ProcessStartInfo(command[0], command[1..]), port);
    return server.TimeToReady.TotalMilliseconds;
}
