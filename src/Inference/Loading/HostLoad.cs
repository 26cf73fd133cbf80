using System.Diagnostics;
using Thaw.Inference.Architectures;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Loading;

/// <summary>Loads for the CPU: maps the files and runs the model in a session that all models of its architecture share. What cannot share gets a
/// session of its own, and what cannot be read in place is copied.</summary>
/// <param name="layouts">The store for laid-out weights; null if there is none.</param>
internal sealed class HostLoad(ArchitectureTable architectures, Lazy<LayoutStore?> layouts)
{
    private static readonly SessionSettings Unpacked = new() { Prepacking = false };

    public Result<WeightLoad> Load(OrtEnvironment environment, ModelDirectory directory, LoadMemory memory, Action<ReadAhead> startReadAhead)
    {
        long start = Stopwatch.GetTimestamp();
        InferenceError? noRoom = null;
        bool isReading = false;
        SharedModel? model = SharedModel.TryOpen(
            directory.ModelFile, architectures.Plans, out string? reason, () => (noRoom = memory.ReserveAnalysis()) is null, StartOnce);
        if (noRoom is not null) return noRoom;
        if (model is null) return LoadOwn(environment, directory, memory, StartOnce, reason, start);
        TimeSpan graph = Stopwatch.GetElapsedTime(start);
        bool handedOver = false;
        try
        {
            if (!Bind(environment, model, memory, StartOnce, out WeightForm form, out string? copyReason)
                .TryGet(out WeightBinding? binding, out InferenceError? overLimit))
            {
                return overLimit;
            }

            if (TryMakeSession(binding, out reason) is not { } session) return LoadOwn(environment, directory, memory, StartOnce, reason, start);
            handedOver = true;
            memory.SettleShared(binding.Weights!.CopiedBytes);
            IReadOnlyList<TensorInfo> inputs = model.InputsOf(session), outputs = model.OutputsOf(session);
            GraphTraits? traits = model.Traits;
            // Its mapping is kept by the weights.
            if (form != WeightForm.Exported) model.Dispose();
            var source = new WeightSource(form == WeightForm.Exported ? model : null, Own: null);
            string? own = model.IsQuantized ? "its quantized products are faster with packed weights" : null;
            return new WeightLoad(binding, form, source, inputs, outputs, traits, own, copyReason, graph);
        }
        finally
        {
            if (!handedOver) model.Dispose();
        }

        void StartOnce(ReadAhead ahead)
        {
            if (!isReading) startReadAhead(ahead);
            isReading = true;
        }
    }

    /// <summary>Binds the weights as they are laid out in the store, or else as they are in the file.</summary>
    /// <param name="copyReason">Why weights that are widened are in private memory; null if none are.</param>
    private Result<WeightBinding> Bind(
        OrtEnvironment environment, SharedModel model, LoadMemory memory, Action<ReadAhead> startReadAhead, out WeightForm form, out string? copyReason)
    {
        InferenceError? noRoom = MapLaidOut(model, memory, out MappedWeights? weights, out ReadAhead? ahead, out copyReason);
        form = weights is null && (model.LaidOut is not null || model.IsQuantized) ? WeightForm.Exported : WeightForm.LaidOut;
        try
        {
            if (weights is null) noRoom ??= memory.ReserveShared(model.CopiedBytes);
            if (noRoom is not null) return noRoom;
            ArchitectureGraph graph = weights is null ? model.AsExported : model.LaidOut!;
            if (!architectures.Acquire(environment, graph, memory.ReserveCommon).TryGet(out Architecture? architecture, out InferenceError? refused))
                return refused;
            var binding = new WeightBinding(architectures, architecture, weights ?? model.Map());
            weights = null;
            startReadAhead(ahead ?? model.ReadAhead());
            return binding;
        }
        finally
        {
            weights?.Dispose();
        }
    }

    /// <summary>Disposes the binding if its architecture cannot be loaded.</summary>
    private static OrtSession? TryMakeSession(WeightBinding binding, out string? reason)
    {
        bool made = false;
        try
        {
            using SessionUse use = binding.Use(RunShape.FirstRows, RunShape.FirstColumns);
            made = true;
            reason = null;
            return use.Session;
        }
        catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
        {
            reason = $"ONNX Runtime cannot load its architecture: {exception.Message}";
            return null;
        }
        finally
        {
            if (!made) binding.Dispose();
        }
    }

    /// <summary>Maps the weights as they are laid out in the store. Weights that are widened are laid out first.</summary>
    /// <param name="weights">Null if they are not laid out.</param>
    /// <param name="reason">If weights that are widened cannot be laid out, why; otherwise null.</param>
    /// <returns>Why there is not enough memory; null if there is.</returns>
    private InferenceError? MapLaidOut(
        SharedModel model, LoadMemory memory, out MappedWeights? weights, out ReadAhead? ahead, out string? reason)
    {
        (weights, ahead, reason) = (null, null, null);
        if (model.LaidOut is null) return null;
        LayoutEntry? entry = null;
        if (layouts.Value is not { } store)
        {
            reason = "there is no cache directory for laid-out weights";
        }
        else if ((entry = LayoutSource.TryFind(store, model)) is null && model.IsWidened)
        {
            if (memory.ReserveLayout() is { } noRoom) return noRoom;
            entry = LayoutSource.TryFindOrWrite(store, model, out reason, CancellationToken.None);
            model.ReleasePageTables();
        }

        if (entry is not null)
        {
            if (memory.ReserveShared(model.CopiedBytesBesideLayout) is { } refused) return refused;
            try
            {
                weights = model.TryMapLaidOut(entry.Path, out ahead);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process may just have removed it.
                reason = exception.Message;
            }
        }

        reason = weights is null && model.IsWidened ? $"they are widened to float32 and cannot be laid out: {reason}" : null;
        return null;
    }

    /// <param name="shareReason">Why the model cannot share a session.</param>
    private static Result<WeightLoad> LoadOwn(
        OrtEnvironment environment, ModelDirectory directory, LoadMemory memory, Action<ReadAhead> startReadAhead, string? shareReason, long start)
    {
        InPlaceModel? source = InPlaceModel.TryOpen(directory.ModelFile, out string? reason, startReadAhead);
        TimeSpan graph = Stopwatch.GetElapsedTime(start);
        OrtSession? session = null;
        try
        {
            if (source is null) return CopyingLoad.Load(environment, directory, memory, cuda: null, reason, graph);
            if (memory.ReserveInPlace(source) is { } refused) return refused;
            session = source.TryLoad(environment, Unpacked, out reason);
            if (session is null)
            {
                source.Dispose();
                return CopyingLoad.Load(environment, directory, memory, cuda: null, reason, graph);
            }

            memory.SettleInPlace(source);
            return new WeightLoad(
                new WeightBinding(session), WeightForm.Exported, new WeightSource(null, source), session.Inputs, session.Outputs,
                source.Traits, shareReason, null, graph);
        }
        finally
        {
            if (session is null) source?.Dispose();
        }
    }
}
