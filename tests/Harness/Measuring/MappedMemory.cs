using System.Globalization;

namespace Thaw.Harness.Measuring;

/// <summary>Resident memory of a process by the kind of its pages, in bytes, from /proc/PID/smaps.</summary>
/// <param name="Private">Pages without a file, including written copies of a file's pages and memory files: only swapping
/// could take them back.</param>
/// <param name="Model">Pages of the files in the given directories: page cache.</param>
/// <param name="OtherFiles">Pages of other files, such as the program and its libraries: page cache.</param>
public readonly record struct MappedMemory(long Private, long Model, long OtherFiles)
{
    // Files in name only: the kernel keeps them in memory for as long as they are mapped.
    private static readonly string[] MemoryFiles = ["/memfd:", "/dev/zero", "/dev/shm/", "/SYSV"];

    /// <summary>The kernel's tables of these pages, which count in none of the others.</summary>
    public long PageTables { get; init; }

    public static MappedMemory operator -(MappedMemory left, MappedMemory right) =>
        new(left.Private - right.Private, left.Model - right.Model, left.OtherFiles - right.OtherFiles) { PageTables = left.PageTables - right.PageTables };

    /// <param name="directories">Absolute, links resolved.</param>
    public static MappedMemory Read(int process, params IReadOnlyList<string> directories) =>
        Parse(File.ReadLines($"/proc/{process}/smaps"), directories) with { PageTables = ProcessMemory.Read(process).PageTables };

    /// <summary>Reads smaps: for each mapping a line with its address and file, then lines such as "Rss:   12 kB".</summary>
    internal static MappedMemory Parse(IEnumerable<string> lines, IReadOnlyList<string> directories)
    {
        long privately = 0, model = 0, other = 0;
        string path = "";
        long resident = 0;
        foreach (string line in lines)
        {
            // Addresses are lower-case hexadecimal, names of fields begin with a capital.
            if (!char.IsAsciiLetterUpper(line[0]))
            {
                path = PathOf(line);
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = Bytes(line);
            }
            else if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                // It follows Rss.
                long anonymous = IsFile(path) ? Bytes(line) : resident;
                privately += anonymous;
                if (directories.Any(directory => path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal))) model += resident - anonymous;
                else other += resident - anonymous;
            }
        }

        return new MappedMemory(privately, model, other);
    }

    private static bool IsFile(string path) => path.StartsWith('/') && !MemoryFiles.Any(name => path.StartsWith(name, StringComparison.Ordinal));

    // "7f1c2c000000-7f1c2c021000 rw-p 00000000 fe:00 1234    /a path/to it": five fields, then what may hold spaces or not be there.
    private static string PathOf(string line)
    {
        string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 6 ? fields[5] : "";
    }

    // "Rss:                1234 kB"
    private static long Bytes(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).TrimEnd("kB"),
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
}
