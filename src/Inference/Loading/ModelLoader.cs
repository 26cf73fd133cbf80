using System.Diagnostics;
using Thaw.Inference.Architectures;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Inference.Tokenizing;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;

namespace Thaw.Inference.Loading;

/// <summary>Turns a directory into a <see cref="LoadedModel"/>. A failed load leaves nothing behind.</summary>
/// <param name="runtime">Completes when ONNX Runtime is ready.</param>
/// <param name="layouts">The store for laid-out weights; null if there is none.</param>
/// <param name="tokenizers">Parses tokenizers, in parallel with the rest of a load.</param>
/// <param name="reads">Reads weights ahead of the first run, on one thread: a disk is faster when it is read in one place.</param>
/// <param name="modelRoot">Directory that must contain all models, or null to allow any.</param>
public sealed class ModelLoader(
    Task<InferenceRuntime> runtime,
    MemoryBudget hostBudget,
    ArchitectureTable architectures,
    Lazy<LayoutStore?> layouts,
    Promoter promoter,
    WorkerPool tokenizers,
    WorkerPool reads,
    string? modelRoot)
{
    // Read-ahead takes at most one part in this many of the available memory, so that it does not evict pages in use.
    private const int ReadAheadShare = 2;

    private readonly HostLoad _hostLoad = new(architectures, layouts);
    private readonly TokenizerTable _tokenizers = new(tokenizers);

    // Lazy, because the device is not known before ONNX Runtime is ready.
    private readonly Lazy<MemoryBudget> _deviceBudget = new(() => new MemoryBudget(runtime.Result.Device!.ModelBytes));

    /// <summary>Loads the model in <paramref name="path"/> on the calling thread.</summary>
    /// <param name="settings">Count before those of the model's own file.</param>
    public Result<LoadedModel> Load(string path, ModelSettings settings)
    {
        InferenceRuntime target = runtime.GetAwaiter().GetResult();
        long start = Stopwatch.GetTimestamp();
        ModelDirectory? directory = null;
        try
        {
            if (!ModelDirectory.Find(path, modelRoot, settings).TryGet(out directory, out InferenceError? notFound)) return notFound;
            return Load(directory, target, start);
        }
        catch (Exception exception) when (SystemLimitException.Behind(exception) is { } limit)
        {
            return new InferenceError(InferenceErrorKind.OutOfMemory, limit.Message);
        }
        catch (Exception exception) when (exception is UnusableFileException or UnauthorizedAccessException)
        {
            return new InferenceError(InferenceErrorKind.InvalidModel, exception.Message);
        }
        catch (IOException exception)
        {
            return new InferenceError(InferenceErrorKind.InvalidModel, $"The model's files cannot be read: {exception.Message}");
        }
        catch (TokenizerFileException exception)
        {
            return new InferenceError(InferenceErrorKind.InvalidModel, exception.Message);
        }
        catch (OnnxRuntimeException exception) when (exception.IsOutOfMemory)
        {
            return new InferenceError(InferenceErrorKind.OutOfMemory, $"ONNX Runtime ran out of memory: {exception.Message}");
        }
        catch (OnnxRuntimeException exception)
        {
            return new InferenceError(
                InferenceErrorKind.InvalidModel, $"{Path.GetFileName(directory!.ModelFile)}: ONNX Runtime cannot load it: {exception.Message}");
        }
        catch (OutOfMemoryException)
        {
            return new InferenceError(InferenceErrorKind.OutOfMemory, "The machine is out of memory.");
        }
    }

    private Result<LoadedModel> Load(ModelDirectory directory, InferenceRuntime target, long start)
    {
        if (!ModelConfig.Read(directory.Path).TryGet(out ModelConfig? config, out InferenceError? broken)) return broken;
        if (TaskCatalog.Refuse(config) is { } noTask) return noTask;

        MemoryBudget budget = target.Device is null ? hostBudget : _deviceBudget.Value;
        if (!LoadMemory.Begin(budget, promoter).TryGet(out LoadMemory? memory, out InferenceError? overLimit)) return overLimit;
        using LoadMemory reserved = memory;
        using Promoter.LoadMark mark = promoter.BeginLoad();
        TimeSpan files = Stopwatch.GetElapsedTime(start);

        if (!_tokenizers.Take(directory.TokenizerPath, memory.ReserveCommon).TryGet(out TokenizerUse? tokenizer, out InferenceError? noRoom)) return noRoom;
        TimeSpan begun = Stopwatch.GetElapsedTime(start);
        WeightLoad? load = null;
        bool handedOver = false;
        try
        {
            Result<WeightLoad> loading = target.Device is null
                ? _hostLoad.Load(target.Environment, directory, memory, StartReadAhead)
                : DeviceLoad.Load(target.Environment, target.Device.Options, directory, memory, StartReadAhead);
            if (!loading.TryGet(out load, out InferenceError? refused)) return refused;
            TimeSpan session = Stopwatch.GetElapsedTime(start) - begun - load.GraphTime;

            string file = Path.GetFileName(directory.ModelFile);
            if (!new InputFinder(file, load.Traits).Find(load.Inputs).TryGet(out TextInputs? inputs, out InferenceError? unsupported)) return unsupported;
            var fit = new InputFit(file, load.Traits, config, tokenizer.Tokenizer);
            if (!fit.Fit(inputs, load.Inputs).TryGet(out inputs, out InferenceError? unlike)) return unlike;
            if (!TaskCatalog.Pick(config, file, load.Outputs).TryGet(out ModelTask? task, out InferenceError? mismatch)) return mismatch;
            var trial = new InputTrial(file, tokenizer.Tokenizer, task, load);
            if (!trial.Settle(inputs).TryGet(out inputs, out InferenceError? unfit)) return unfit;

            var weights = new ModelWeights(target.Environment, directory.Path, load.Binding, load.Form, load.Source, memory.HandOver());
            var model = new LoadedModel(weights, inputs, task, tokenizer, promoter)
            {
                LoadTimes = new LoadTimes(files, load.GraphTime, session, tokenizer.Time, Stopwatch.GetElapsedTime(start)),
                OwnSessionReason = load.OwnSessionReason,
                CopyReason = load.CopyReason,
            };
            weights.Check = candidate => LayoutCheck.Compare(model, candidate);
            handedOver = true;
            return model;
        }
        finally
        {
            if (!handedOver)
            {
                load?.Dispose();
                tokenizer.Dispose();
                target.Environment.TrimMemory();
            }
        }
    }

    private void StartReadAhead(ReadAhead ahead) => _ = reads.RunAsync(() =>
    {
        // Checked when the read starts, because reads queued before it use memory too.
        bool fits = ahead.Bytes <= SystemMemory.Available() / ReadAheadShare;
        if (fits) ahead.Run();
        return fits;
    });
}
