namespace Thaw.FunctionalTests.Support;

/// <summary>What <c>make publish</c> wrote, or what THAW_BINARY names.</summary>
internal static class Published
{
    public static string Binary { get; } = Find();

    /// <summary>The library beside it.</summary>
    public static string Library { get; } = Path.Combine(Path.GetDirectoryName(Binary)!, "libonnxruntime.so");

    private static string Find()
    {
        string path = Environment.GetEnvironmentVariable("THAW_BINARY") ?? Path.Combine(Repository.Root, "artifacts", "thaw", "thaw");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} does not exist. Run make publish first.");
    }
}
