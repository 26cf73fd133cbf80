using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Inspecting;

/// <summary>Finds out what a directory or archive holds, and loads it as the server does.</summary>
/// <param name="progress">Called with the current step.</param>
public sealed class ModelInspector(OrtEnvironment environment, Action<string> progress)
{
    /// <param name="path">A directory or an archive, absolute or relative.</param>
    /// <param name="settings">Those that a load would give.</param>
    public Inspection Inspect(string path, ModelSettings settings)
    {
        string full = Path.GetFullPath(path);
        if (!ModelArchive.IsArchive(full)) return Inspect(path, full, settings);
        string folder = Directory.CreateTempSubdirectory("thaw-inspect-").FullName;
        try
        {
            progress($"Unpacking {Path.GetFileName(full)}");
            return ModelArchive.TryUnpack(full, folder) is { } refused
                ? new Inspection(path, refused, null, null, null, null, null, null, null, null, null)
                : WithoutFolder(Inspect(path, folder, settings), folder, full);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>With the archive in place of the folder that it was unpacked into.</summary>
    private static Inspection WithoutFolder(Inspection inspection, string folder, string archive) => inspection with
    {
        Refusal = inspection.Refusal?.Replace(folder, archive, StringComparison.Ordinal),
        ModelFile = inspection.ModelFile?.Replace(folder, archive, StringComparison.Ordinal),
        Model = inspection.Model is not { } model ? null : model with
        {
            ModelFile = model.ModelFile.Replace(folder, archive, StringComparison.Ordinal),
            TokenizerDirectory = model.TokenizerDirectory.Replace(folder, archive, StringComparison.Ordinal),
        },
    };

    private Inspection Inspect(string given, string path, ModelSettings settings)
    {
        Result<ModelDirectory> finding = ModelDirectory.Find(path, root: null, settings);
        bool isFound = finding.TryGet(out ModelDirectory? directory, out InferenceError? refusal);
        OnnxSummary? summary = isFound ? TrySummarize(directory!.ModelFile) : null;
        progress("Loading it as the server does");
        Result<Inspection> served = refusal is not null ? refusal : LocalLoad.Try(environment, path, settings, model => new Inspection(
            given,
            null,
            directory!.ModelFile,
            summary?.Producer,
            summary?.Opset,
            directory.WeightBytes(),
            null,
            null,
            ModelFacts.Of(model),
            model.CopyReason is null,
            model.IsShared));
        return served.TryGet(out Inspection? inspection, out refusal) ? inspection : new Inspection(
            given,
            refusal.Message,
            directory?.ModelFile,
            summary?.Producer,
            summary?.Opset,
            directory?.WeightBytes(),
            Declared(summary?.Inputs),
            Declared(summary?.Outputs),
            null,
            null,
            null);
    }

    /// <summary>Null if it cannot be read; the load says why.</summary>
    private static OnnxSummary? TrySummarize(string path)
    {
        try
        {
            return OnnxSummary.TryRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TensorFacts[]? Declared(IReadOnlyList<DeclaredTensor>? tensors) =>
        tensors?.Select(tensor => new TensorFacts(
            tensor.Name, tensor.ElementType.ToString(), tensor.Dimensions is null ? "" : $"[{string.Join(", ", tensor.Dimensions)}]", "")).ToArray();
}
