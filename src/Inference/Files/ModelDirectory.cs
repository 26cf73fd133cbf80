using Thaw.Onnx.Linux;

namespace Thaw.Inference.Files;

/// <summary>Where a model's files are. Serving never writes there: the platform mounts it read-only.</summary>
/// <param name="Path">The directory of config.json.</param>
/// <param name="ModelFile">The .onnx file.</param>
public sealed record ModelDirectory(string Path, string ModelFile)
{
    private const string VariantPrefix = "model_";

    private static readonly string[] PseudoFileSystems = ["/proc", "/sys", "/dev"];

    /// <summary>The directory of the tokenizer's files.</summary>
    public string TokenizerPath { get; init; } = Path;

    /// <summary>The lowest directory that contains all of the files.</summary>
    public string Root { get; init; } = Path;

    public ModelSettings Settings { get; init; } = new();

    /// <summary>What the name of the .onnx file says about it: "quantized" for model_quantized.onnx; null for model.onnx and any other name.</summary>
    public string? Variant => System.IO.Path.GetFileNameWithoutExtension(ModelFile) is { } stem && stem.StartsWith(VariantPrefix, StringComparison.Ordinal)
        ? stem[VariantPrefix.Length..]
        : null;

    /// <summary>Finds the model in or below <paramref name="path"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="root">Directory that must contain the model once links are resolved; null to allow any.</param>
    /// <param name="asked">Settings that count before those of the model's own file.</param>
    public static Result<ModelDirectory> Find(string path, string? root, ModelSettings? asked = null)
    {
        if (!System.IO.Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal))
            return Invalid($"'{path}' is not an absolute path. Give the path of the model's directory, such as /opt/ml/models/name/model.");

        try
        {
            string real = NativeFile.RealPath(path);
            if (RefusePlace(path, real, root) is { } refused) return refused;
            if (File.Exists(real)) return Invalid($"'{path}' is a file. Give the directory that contains it; an archive must be unpacked first.");
            if (!Directory.Exists(real)) return Invalid(NativeFile.IsHidden(real) ? $"'{path}': {NativeFile.NoPermission}." : $"'{path}' does not exist.");
            return new ModelFinder(path, root, asked ?? new ModelSettings()).Find(real);
        }
        catch (UnauthorizedAccessException)
        {
            return Invalid($"'{path}': {NativeFile.NoPermission}.");
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

    /// <summary>Whether a file of this name is the variant that was asked for.</summary>
    internal static bool IsVariant(string file, string variant) => file == variant || file == $"{variant}.onnx" || file == $"{VariantPrefix}{variant}.onnx";

    /// <summary>Why a model is not allowed at the real path <paramref name="path"/>, or null.</summary>
    /// <param name="name">The path before links were resolved, for messages.</param>
    internal static InferenceError? RefusePlace(string name, string path, string? root)
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

    internal static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static InferenceError Invalid(string message) => new(InferenceErrorKind.InvalidModel, message);
}
