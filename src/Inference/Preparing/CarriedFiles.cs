using Thaw.Inference.Files;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Preparing;

/// <summary>The files of a model's directory that are copied as they are: all but the model, its weights, and what is hidden.</summary>
internal static class CarriedFiles
{
    // Links may go round in a circle.
    private const int MaxDepth = 16;

    /// <summary>Paths below the directory.</summary>
    /// <param name="left">Full paths of files and folders that stay behind.</param>
    public static List<string> Find(ModelDirectory directory, HashSet<string> left)
    {
        List<string> found = [];
        Add(directory.Path, 0);
        found.Sort(StringComparer.Ordinal);
        return found;

        void Add(string folder, int depth)
        {
            if (depth > MaxDepth) throw new IOException($"'{folder}' lies {depth} folders deep.");
            foreach (string path in Directory.GetFiles(folder))
            {
                if (IsCarried(path) && !NativeFile.IsSpecial(path)) found.Add(Path.GetRelativePath(directory.Path, path));
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
            File.Copy(Path.Combine(directory.Path, file), copy);
        }
    }
}
