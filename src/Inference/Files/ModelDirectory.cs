using Thaw.Onnx.Linux;

namespace Thaw.Inference.Files;

/// <summary>Where a model's files are. Serving never writes there: the platform mounts it read-only.</summary>
/// <param name="Path">The directory itself, without a wrapping folder.</param>
/// <param name="ModelFile">The .onnx file.</param>
public sealed record ModelDirectory(string Path, string ModelFile)
{
    private static readonly string[] PseudoFileSystems = ["/proc", "/sys", "/dev"];

    /// <summary>Finds the model in or below <paramref name="path"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="root">Directory that must contain the model once links are resolved; null to allow any.</param>
    public static Result<ModelDirectory> Find(string path, string? root)
    {
        if (!System.IO.Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal))
            return Invalid($"'{path}' is not an absolute path. Give the path of the model's directory, such as /opt/ml/models/name/model.");

        try
        {
            string real = NativeFile.RealPath(path);
            if (RefusePlace(path, real, root) is { } refused) return refused;
            if (File.Exists(real)) return Invalid($"'{path}' is a file. Give the directory that contains it; an archive must be unpacked first.");
            if (!Directory.Exists(real)) return Invalid($"'{path}' does not exist.");
            return FindModelFile(path, real, root);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return Invalid($"'{path}' cannot be read: {exception.Message}");
        }
    }

    /// <summary>Bytes of the model file and of the weight files beside it.</summary>
    public long WeightBytes()
    {
        string stem = System.IO.Path.GetFileNameWithoutExtension(ModelFile);
        return new FileInfo(ModelFile).Directory!.EnumerateFiles()
            .Where(file => file.FullName == ModelFile || IsData(file.Name))
            // The length of a link is that of its target's path. The cache of huggingface_hub consists of links.
            .Sum(file => file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : file.Length);

        bool IsData(string name) => name.StartsWith(stem, StringComparison.Ordinal) && name.Contains("data", StringComparison.Ordinal);
    }

    /// <param name="given">The path as the caller gave it, for messages.</param>
    private static Result<ModelDirectory> FindModelFile(string given, string path, string? root)
    {
        // Repositories for several frameworks keep the ONNX model in a subfolder, below the config and the tokenizer.
        string nested = System.IO.Path.Combine(path, "onnx", "model.onnx");
        if (File.Exists(System.IO.Path.Combine(path, ModelConfig.FileName)) && File.Exists(nested) && !Directory.GetFiles(path, "*.onnx").Any(IsVisible))
            return Confine(new ModelDirectory(path, nested), root);

        // An archive made by hand often contains one folder with the files in it.
        for (int depth = 0; depth < 2; depth++)
        {
            string[] models = [.. Directory.GetFiles(path, "*.onnx").Where(IsVisible)];
            string byName = System.IO.Path.Combine(path, "model.onnx");
            if (models.Length == 1 || models.Contains(byName))
                return Confine(new ModelDirectory(path, models.Length == 1 ? models[0] : byName), root);

            if (models.Length > 1)
            {
                Array.Sort(models, StringComparer.Ordinal);
                string names = string.Join(", ", models.Take(5).Select(System.IO.Path.GetFileName));
                return Invalid($"'{path}' contains {models.Length} .onnx files ({names}) and none is named model.onnx. Rename the one to serve to model.onnx.");
            }

            string[] folders = [.. Directory.GetDirectories(path).Where(IsVisible)];
            if (folders.Length != 1) break;
            path = NativeFile.RealPath(folders[0]);
            if (RefusePlace(folders[0], path, root) is { } outside) return outside;
        }

        return Invalid(
            $"'{given}' contains no .onnx file. "
            + "It must contain model.onnx, config.json and tokenizer.json or vocab.txt, as optimum-cli export onnx writes them.");
    }

    /// <summary>Refuses links to places where models are not allowed, special files, and a model file that is a broken link.</summary>
    private static Result<ModelDirectory> Confine(ModelDirectory found, string? root)
    {
        string real = "";
        foreach (string file in Directory.GetFiles(found.Path).Append(found.ModelFile))
        {
            real = NativeFile.RealPath(file);
            if (RefusePlace(file, real, root) is { } elsewhere) return elsewhere;
            if (NativeFile.IsSpecial(real)) return Invalid($"'{file}' is a pipe, a socket or a device. Give a directory of regular files.");
        }

        // This is the model file's path, which came last.
        return File.Exists(real) ? found : Invalid($"'{found.ModelFile}' is a link to '{real}', which does not exist.");
    }

    // Archives made on a Mac contain ._model.onnx beside model.onnx; those made in a notebook contain .ipynb_checkpoints.
    private static bool IsVisible(string path) => !System.IO.Path.GetFileName(path).StartsWith('.');

    /// <summary>Why a model is not allowed at the real path <paramref name="path"/>, or null.</summary>
    /// <param name="name">The path before links were resolved, for messages.</param>
    private static InferenceError? RefusePlace(string name, string path, string? root)
    {
        if (PseudoFileSystems.Any(system => IsWithin(path, system)))
            return Invalid($"'{name}' is in a system directory. Give the path of the model's directory.");
        return root is not null && !IsWithin(path, NativeFile.RealPath(root))
            ? new InferenceError(InferenceErrorKind.OutsideModelRoot, $"'{name}' is outside {root}, the directory that all models must be in.")
            : null;
    }

    /// <summary>Whether it is the file's fault that it cannot be read.</summary>
    internal static bool IsUnreadable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException && SystemLimitException.Behind(exception) is null;

    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static InferenceError Invalid(string message) => new(InferenceErrorKind.InvalidModel, message);
}
