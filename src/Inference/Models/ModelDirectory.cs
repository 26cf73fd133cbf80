namespace Thaw.Inference.Models;

/// <summary>Where a model's files are. Nothing is ever written there: the platform mounts it read-only.</summary>
/// <param name="Path">The directory itself, without a wrapping folder.</param>
/// <param name="ModelFile">The .onnx file.</param>
public sealed record ModelDirectory(string Path, string ModelFile)
{
    private static readonly string[] PseudoFileSystems = ["/proc", "/sys", "/dev"];

    /// <summary>Finds the model below <paramref name="url"/>.</summary>
    /// <param name="root">Directory that the url must lie in, or null for anywhere.</param>
    public static Result<ModelDirectory> Find(string url, string? root)
    {
        if (!System.IO.Path.IsPathRooted(url) || url.Contains('\0', StringComparison.Ordinal))
            return Invalid($"url '{url}' is not an absolute path. Give the path of the model's directory, such as /opt/ml/models/name/model.");

        try
        {
            string path = Resolve(url);
            if (PseudoFileSystems.Any(system => IsWithin(path, system)))
                return Invalid($"url '{url}' lies in a system directory. Give the path of the model's directory.");
            if (root is not null && !IsWithin(path, Resolve(root)))
                return Invalid($"url '{url}' lies outside of {root}, which THAW_MODEL_ROOT allows. Put the model there or change the setting.");
            if (File.Exists(path)) return Invalid($"url '{url}' is a file. Give the directory that holds it; an archive has to be unpacked first.");
            if (!Directory.Exists(path)) return Invalid($"url '{url}' does not exist.");
            return FindModelFile(url, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Invalid($"url '{url}' cannot be read: {exception.Message}");
        }
    }

    /// <summary>Bytes of the model file and of the files beside it that hold weights for it.</summary>
    public long WeightBytes()
    {
        string stem = System.IO.Path.GetFileNameWithoutExtension(ModelFile);
        return new DirectoryInfo(Path).EnumerateFiles()
            .Where(file => file.FullName == ModelFile || (file.Name.StartsWith(stem, StringComparison.Ordinal) && file.Name.Contains("data", StringComparison.Ordinal)))
            .Sum(file => file.Length);
    }

    private static Result<ModelDirectory> FindModelFile(string url, string path)
    {
        // An archive made by hand often holds one folder that holds the files.
        for (int depth = 0; depth < 2; depth++)
        {
            string[] models = Directory.GetFiles(path, "*.onnx");
            if (models.Length == 1) return new ModelDirectory(path, models[0]);
            string byName = System.IO.Path.Combine(path, "model.onnx");
            if (models.Contains(byName)) return new ModelDirectory(path, byName);
            if (models.Length > 1)
            {
                Array.Sort(models, StringComparer.Ordinal);
                return Invalid($"'{path}' holds {models.Length} .onnx files ({string.Join(", ", models.Take(5).Select(System.IO.Path.GetFileName))}) and none is model.onnx. Name the one to serve model.onnx.");
            }

            string[] folders = Directory.GetDirectories(path);
            if (folders.Length != 1) break;
            path = folders[0];
        }

        return Invalid($"url '{url}' holds no .onnx file. It has to hold model.onnx, config.json and tokenizer.json or vocab.txt, as optimum-cli export onnx writes them.");
    }

    /// <summary>The real path, with every symbolic link on the way followed.</summary>
    private static string Resolve(string path)
    {
        string resolved = "/";
        foreach (string part in System.IO.Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            resolved = System.IO.Path.Combine(resolved, part);
            if (new FileInfo(resolved).LinkTarget is not null)
                resolved = Resolve(new FileInfo(resolved).ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        }

        return resolved;
    }

    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static InferenceError Invalid(string message) => new(InferenceErrorKind.InvalidModel, message);
}
