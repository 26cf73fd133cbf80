using System.Globalization;

namespace Thaw.Onnx.Linux;

/// <summary>
/// How many files this process may map. The system's limit counts all mappings of a process, and what fails beyond it may be a thread's stack or
/// memory of the runtime, which end the process; so files leave it some. Counted here, because reading 60,000 mappings from /proc takes 55 ms.
/// </summary>
/// <param name="setting">The file that holds the system's limit.</param>
internal sealed class MappingLimit(string setting)
{
    /// <summary>Mappings that are left to everything else. A server has 160, and one or two for each model whose weights are packed.</summary>
    public const int Reserve = 4096;

    // Of Linux, if it does not say.
    private const int DefaultLimit = 65_530;

    private int _taken;
    private int _most;

    /// <summary>That of this process.</summary>
    public static MappingLimit OfProcess { get; } = new("/proc/sys/vm/max_map_count");

    /// <summary>Counts a file that is about to be mapped.</summary>
    /// <exception cref="SystemLimitException">There are too many.</exception>
    public void Take()
    {
        int taken = Interlocked.Increment(ref _taken);
        if (taken <= Volatile.Read(ref _most)) return;
        // Read again each time it is reached: it may have been raised.
        int limit = Read();
        Volatile.Write(ref _most, limit - Reserve);
        if (taken <= limit - Reserve) return;
        Return();
        throw new SystemLimitException(
            $"{taken - 1} files are mapped, and the system allows a process {limit} mappings, of which {Reserve} are kept for other uses. "
            + "Raise the limit (sysctl vm.max_map_count) or unload models.");
    }

    /// <summary>Called when the file is unmapped.</summary>
    public void Return() => Interlocked.Decrement(ref _taken);

    private int Read()
    {
        try
        {
            return int.TryParse(File.ReadAllText(setting), CultureInfo.InvariantCulture, out int limit) ? limit : DefaultLimit;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return DefaultLimit;
        }
    }
}
