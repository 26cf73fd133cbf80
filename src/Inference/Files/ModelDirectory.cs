using Thaw.Onnx.Linux;

namespace Thaw.Inference.Files;

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
            string path = NativeFile.RealPath(url);
            if (RefusePlace(url, path, root) is { } refused) return refused;
            if (File.Exists(path)) return Invalid($"url '{url}' is a file. Give the directory that holds it; an archive has to be unpacked first.");
            if (!Directory.Exists(path)) return Invalid($"url '{url}' does not exist.");
            return FindModelFile(url, path, root);
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
        return new FileInfo(ModelFile).Directory!.EnumerateFiles()
            .Where(file => file.FullName == ModelFile || (file.Name.StartsWith(stem, StringComparison.Ordinal) && file.Name.Contains("data", StringComparison.Ordinal)))
            // A link's own length is that of its text. The cache of huggingface_hub is made of links.
            .Sum(file => file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : file.Length);
    }

    /// <summary>Bytes of the files that hold the tokenizer's vocabulary.</summary>
    public long TokenizerBytes() =>
        ((string[])["tokenizer.json", "vocab.txt"]).Select(name => new FileInfo(NativeFile.RealPath(System.IO.Path.Combine(Path, name)))).Where(file => file.Exists).Sum(file => file.Length);

    private static Result<ModelDirectory> FindModelFile(string url, string path, string? root)
    {
        // Repositories for many frameworks keep the model in a folder of its own, below the config and the tokenizer.
        string nested = System.IO.Path.Combine(path, "onnx", "model.onnx");
        if (File.Exists(System.IO.Path.Combine(path, ModelConfig.FileName)) && File.Exists(nested) && !Directory.GetFiles(path, "*.onnx").Any(IsVisible))
            return Confine(new ModelDirectory(path, nested), root);

        // An archive made by hand often holds one folder that holds the files.
        for (int depth = 0; depth < 2; depth++)
        {
            string[] models = [.. Directory.GetFiles(path, "*.onnx").Where(IsVisible)];
            string byName = System.IO.Path.Combine(path, "model.onnx");
            if (models.Length == 1 || models.Contains(byName))
                return Confine(new ModelDirectory(path, models.Length == 1 ? models[0] : byName), root);

            if (models.Length > 1)
            {
                Array.Sort(models, StringComparer.Ordinal);
                return Invalid($"'{path}' holds {models.Length} .onnx files ({string.Join(", ", models.Take(5).Select(System.IO.Path.GetFileName))}) and none is model.onnx. Name the one to serve model.onnx.");
            }

            string[] folders = [.. Directory.GetDirectories(path).Where(IsVisible)];
            if (folders.Length != 1) break;
            path = NativeFile.RealPath(folders[0]);
            if (RefusePlace(folders[0], path, root) is { } outside) return outside;
        }

        return Invalid($"url '{url}' holds no .onnx file. It has to hold model.onnx, config.json and tokenizer.json or vocab.txt, as optimum-cli export onnx writes them.");
    }

    /// <summary>Refuses files that are links to where they may not be, and what is no file; the model file also when it is a link to nowhere.</summary>
    private static Result<ModelDirectory> Confine(ModelDirectory found, string? root)
    {
        string real = "";
        foreach (string file in Directory.GetFiles(found.Path).Append(found.ModelFile))
        {
            real = NativeFile.RealPath(file);
            if (RefusePlace(file, real, root) is { } elsewhere) return elsewhere;
            if (NativeFile.IsSpecial(real)) return Invalid($"'{file}' is a pipe, a socket or a device. Give a directory of regular files.");
        }

        // The model file came last.
        return File.Exists(real) ? found : Invalid($"'{found.ModelFile}' is a link to '{real}', which does not exist.");
    }

    // Archives made on a Mac hold a ._model.onnx beside each file, those made in a notebook .ipynb_checkpoints.
    private static bool IsVisible(string path) => !System.IO.Path.GetFileName(path).StartsWith('.');

    /// <summary>Why a model may not lie at the real path <paramref name="path"/>, or null.</summary>
    /// <param name="name">The path as the caller knows it.</param>
    private static InferenceError? RefusePlace(string name, string path, string? root)
    {
        if (PseudoFileSystems.Any(system => IsWithin(path, system)))
            return Invalid($"'{name}' lies in a system directory. Give the path of the model's directory.");
        return root is not null && !IsWithin(path, NativeFile.RealPath(root))
            ? Invalid($"'{name}' lies outside of {root}, which THAW_MODEL_ROOT allows. Put the model there or change the setting.")
            : null;
    }

    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static InferenceError Invalid(string message) => new(InferenceErrorKind.InvalidModel, message);
}
