namespace Thaw.ServerProcess;

/// <summary>The published server and the native library beside it.</summary>
internal sealed record Binary(string Path, long Bytes, string LibraryPath, long LibraryBytes)
{
    private const string LibraryName = "libonnxruntime.so";

    /// <exception cref="BenchException">One of the two is not there.</exception>
    public static Binary Find(string path)
    {
        var binary = new FileInfo(path);
        if (!binary.Exists) throw new BenchException($"There is no {path}. Run make publish in the root of the repository first, or give --binary.");
        var library = new FileInfo(System.IO.Path.Combine(binary.DirectoryName!, LibraryName));
        if (!library.Exists) throw new BenchException($"There is no {LibraryName} beside {path}. Run make publish again.");
        return new Binary(binary.FullName, binary.Length, library.FullName, library.Length);
    }
}
