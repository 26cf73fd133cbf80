using System.Runtime.InteropServices;
using Thaw.Harness;

namespace Thaw.ColdLoad.Density;

/// <summary>Files that models have in common, on the disk once.</summary>
internal static class SharedFiles
{
    /// <summary>Replaces all files of a directory, except one, by hard links to those of another.</summary>
    public static void Link(string original, string directory, string except)
    {
        foreach (string file in Directory.EnumerateFiles(original))
        {
            string name = Path.GetFileName(file), link = Path.Combine(directory, name);
            if (name == except) continue;
            File.Delete(link);
            if (MakeLink(file, link) != 0) throw new HarnessException($"{link} cannot be a hard link to {file}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int MakeLink(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPUTF8Str)] string link);
}
