namespace Thaw.TestModels;

/// <summary>A folder that is deleted at the end of the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    // Everyone may read it: in an image the server runs as another user.
    public TemporaryFolder() => File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);

    public string Path { get; } = Directory.CreateTempSubdirectory("thaw-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A copy of the sample model's directory, for a test to damage.</summary>
    public string CopySample(string name)
    {
        string copy = this[name];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Repository.Sample))
            File.Copy(file, System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
