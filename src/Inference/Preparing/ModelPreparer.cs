using Thaw.Inference.Files;
using Thaw.Inference.Inspecting;
using Thaw.Inference.Tasks;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>Rewrites a model so that it loads and runs fast without packing, and checks that its answers stay the same.</summary>
/// <param name="progress">Called with the current step and how much of it is done, from 0 to 1.</param>
public sealed class ModelPreparer(OrtEnvironment environment, Action<string, double> progress)
{
    /// <summary>Prepares a model in place, or into another directory.</summary>
    /// <param name="directory">The model's directory, absolute or relative.</param>
    /// <param name="output">An empty or new directory, which gets the same layout; null to replace the model.</param>
    /// <param name="variant">Which of several ONNX files to prepare; null for the one that is served.</param>
    /// <returns>The report, or why the model cannot be prepared; nothing has changed then.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing has changed.</exception>
    public Result<PreparationReport> Prepare(string directory, string? output, string? variant, CancellationToken cancellation)
    {
        try
        {
            var asked = new ModelSettings { Variant = variant };
            if (!ModelDirectory.Find(Path.GetFullPath(directory), root: null, asked).TryGet(out ModelDirectory? found, out InferenceError? notFound))
                return notFound;
            if (!ModelConfig.Read(found.Path).TryGet(out ModelConfig? config, out InferenceError? broken)) return broken;
            string target = output is null ? Path.GetDirectoryName(found.ModelFile)! : Path.GetFullPath(output);
            if (output is not null && RefuseOutput(target) is { } refused) return refused;
            using ModelPreparation model = Open(found.ModelFile);
            using StagingFolder staging = Stage(target, model);
            // Whether the example's shape in a graph matters is known only to the server, which tries it.
            TextInputs? served = model.Traits is { FixedSizes.Count: > 0 }
                ? LocalLoad.Try(environment, Path.GetFullPath(directory), asked, loaded => loaded.Inputs).Value
                : null;
            Result<TrialInputs> Read(OrtSession session) => TrialInputs.Read(found, config, model, session, served);
            Result<PreparationReport> prepared = Prepare(found, Read, model, staging, target, inPlace: output is null, cancellation);
            if (!prepared.TryGet(out PreparationReport? report, out InferenceError? error)) return error;
            report = report with { Directory = output is null ? Path.GetFullPath(directory) : target, Variant = variant };
            progress("Loading it as the server does", 0);
            return report with { Unserved = LocalLoad.Try(environment, report.Directory, asked, _ => true).Error?.Message };
        }
        catch (ModelPreparationException exception)
        {
            return Failed(exception.Message);
        }
        catch (OnnxRuntimeException exception)
        {
            return Failed($"ONNX Runtime cannot load or run the model: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SystemLimitException)
        {
            return Failed(exception.Message);
        }
    }

    private ModelPreparation Open(string path)
    {
        progress("Reading the model", 0);
        try
        {
            return ModelPreparation.Open(path);
        }
        catch (ModelPreparationException exception)
        {
            throw new ModelPreparationException($"'{path}' cannot be prepared: {exception.Message}.");
        }
    }

    private static StagingFolder Stage(string target, ModelPreparation model)
    {
        try
        {
            StagingFolder staging = StagingFolder.Create(target, out string[] abandoned);
            foreach (string path in abandoned.Except(model.DataFiles)) File.Delete(path);
            return staging;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{target}' cannot be written to: {exception.Message}", exception);
        }
    }

    private Result<PreparationReport> Prepare(
        ModelDirectory directory,
        Func<OrtSession, Result<TrialInputs>> read,
        ModelPreparation model,
        StagingFolder staging,
        string target,
        bool inPlace,
        CancellationToken cancellation)
    {
        var report = new PreparationReport { Directory = target, Fusion = model.Fusion, TransposedWeights = model.TransposedCount };
        if (inPlace && model.IsPrepared()) return report;

        // Another model in the folder may use the same weight files.
        bool ownsWeights = Directory.GetFiles(Path.GetDirectoryName(directory.ModelFile)!, "*.onnx").Length == 1;
        string[] oldWeights = ownsWeights ? [.. model.DataFiles] : [];
        List<string> carried = inPlace ? [] : CarriedFiles.Find(directory, [directory.ModelFile, target, .. oldWeights]);
        string modelName = inPlace ? Path.GetFileName(directory.ModelFile) : Path.GetRelativePath(directory.Root, directory.ModelFile);
        string dataName = model.DataBytes == 0 ? "" : FreeName(modelName, name => inPlace ? Path.Exists(Path.Combine(target, name)) : carried.Contains(name));
        CarriedFiles.Copy(directory, carried, staging.Path, cancellation);
        long disk = WriteFiles(directory, model, staging.Path, modelName, dataName, cancellation);

        progress("Running the original", 0);
        if (!Trial.Run(environment, () => OrtSession.Load(environment, directory.ModelFile, new SessionSettings()), read, cancellation)
            .TryGet(out Trial? before, out InferenceError? unfit))
        {
            return unfit;
        }

        progress("Running the prepared model", 0);
        if (!Trial.Run(environment, () => LoadUnpacked(Path.Combine(staging.Path, modelName)), read, cancellation)
            .TryGet(out Trial? after, out InferenceError? unlike))
        {
            return unlike;
        }

        if (TrialAnswer.Compare(before, after, model.IsQuantized, model.IsWidened, out double difference, out double tolerance) is not <= 1)
        {
            return Failed(FormattableString.Invariant(
                $"The prepared model's answers differ by {difference:0.0e+0} of the largest answer; {tolerance:0.0e+0} is allowed. Nothing was written."));
        }

        long diskBefore = model.DataFiles.Append(directory.ModelFile).Sum(Length);
        cancellation.ThrowIfCancellationRequested();
        staging.Publish(dataName, modelName, inPlace ? oldWeights : []);
        return report with
        {
            Gain = new PreparationGain(before.Times, after.Times, diskBefore, disk, difference, tolerance, after.Answers.Count, before.LongestText),
        };
    }

    /// <returns>Number of bytes written.</returns>
    private long WriteFiles(ModelDirectory directory, ModelPreparation model, string folder, string modelName, string dataName, CancellationToken cancellation)
    {
        const int NoBuffer = 0;
        string path = Path.Combine(folder, modelName);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (dataName.Length > 0) WriteData(model, Path.Combine(folder, dataName), cancellation);
        ReadOnlyMemory<byte> graph = model.WriteModel(Path.GetFileName(dataName));
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, NoBuffer))
        {
            file.Write(graph.Span);
            file.Flush(flushToDisk: true);
        }

        // The new files get the permissions of the model file.
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(directory.ModelFile);
            File.SetUnixFileMode(path, mode);
            if (dataName.Length > 0) File.SetUnixFileMode(Path.Combine(folder, dataName), mode);
        }

        return model.DataBytes + graph.Length;
    }

    private void WriteData(ModelPreparation model, string path, CancellationToken cancellation)
    {
        long written = 0;
        using PieceStream data = PieceStream.Create(path, model.DataBytes);
        model.WriteData(data, bytes =>
        {
            cancellation.ThrowIfCancellationRequested();
            written += bytes;
            progress("Writing the weights", (double)written / model.DataBytes);
        });
        data.Complete();
    }

    /// <summary>Loads a model the way the server first loads it.</summary>
    private OrtSession LoadUnpacked(string path)
    {
        using InPlaceModel? model = InPlaceModel.TryOpen(path, out _);
        return model?.TryLoad(environment, new SessionSettings { Prepacking = false }, out _) ?? OrtSession.Load(environment, path, new SessionSettings());
    }

    private static InferenceError? RefuseOutput(string path)
    {
        if (File.Exists(path)) return Failed($"'{path}' is a file. Give an empty or new directory.");
        bool isTaken = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => Path.GetFileName(entry) != StagingFolder.Name);
        return isTaken ? Failed($"'{path}' is not empty. Give an empty or new directory, or none to replace the model.") : null;
    }

    private static string FreeName(string modelName, Func<string, bool> isTaken)
    {
        string name = $"{modelName}.data";
        for (int i = 1; isTaken(name); i++) name = $"{modelName}.{i}.data";
        return name;
    }

    private static long Length(string path) => (File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path)).Length;

    private static InferenceError Failed(string message) => new(InferenceErrorKind.Failed, message);
}
