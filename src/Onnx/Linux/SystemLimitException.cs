namespace Thaw.Onnx.Linux;

/// <summary>The process has as much of something as the system allows it: mappings, address space, open files. It is not an
/// <see cref="IOException"/>, because another way to read the file would need even more.</summary>
public sealed class SystemLimitException : Exception
{
    // ENFILE and EMFILE, which .NET keeps as they are.
    private const int TooManyFilesOfSystem = 23;
    private const int TooManyFiles = 24;

    internal SystemLimitException(string message, Exception? cause = null) : base(message, cause)
    {
    }

    /// <summary>The limit that made something fail, at once or as the cause of its cause; null if it was something else.</summary>
    public static SystemLimitException? Behind(Exception? failure) => failure switch
    {
        null => null,
        SystemLimitException limit => limit,
        IOException { HResult: TooManyFiles or TooManyFilesOfSystem } => new SystemLimitException(
            $"A file cannot be opened: {failure.Message}. Raise the limit of open files (ulimit -n), or have fewer connections.", failure),
        _ => Behind(failure.InnerException),
    };
}
