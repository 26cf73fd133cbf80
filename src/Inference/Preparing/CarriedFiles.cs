using Thaw.Inference.Files;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Preparing;

/// <summary>The files of a model's directory that are copied unchanged: all except the model, its weights and hidden files.</summary>
internal static class CarriedFiles
{
    // Links can form a cycle.
    private const int MaxDepth = 16;

    /// <summary>Returns their paths relative to the directory's root.</summary>
    /// <param name="left">Full paths of files and folders that are not copied.</param>
    public static List<string> Find(ModelDirectory directory, HashSet<string> left)
    {
        List<string> found = [];
        Add(directory.Root, 0);
        found.Sort(StringComparer.Ordinal);
        return found;

        void Add(string folder, int depth)
        {
            if (depth > MaxDepth)
                throw new IOException($"'{folder}' is more than {MaxDepth} folders below '{directory.Root}'. Check for links that form a cycle.");
            foreach (string path in Directory.GetFiles(folder))
            {
                if (IsCarried(path) && !NativeFile.IsSpecial(path)) found.Add(Path.GetRelativePath(directory.Root, path));
            }

            foreach (string path in Directory.GetDirectories(folder))
            {
                if (IsCarried(path)) Add(path, depth + 1);
            }
        }

        bool IsCarried(string path) => !left.Contains(Path.GetFullPath(path)) && !Path.GetFileName(path).StartsWith('.');
    }

    public static void Copy(ModelDirectory directory, IEnumerable<string> files, string target, CancellationToken cancellation)
    {
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            string copy = Path.Combine(target, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(directory.Root, file), copy);
        }
    }
}
