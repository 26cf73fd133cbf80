using System.Diagnostics;
using Thaw.Inference.Architectures;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

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
            if (memory.ReserveShared(model) is { } refused) return refused;
            if (!Bind(environment, model, memory, StartOnce, out WeightForm form).TryGet(out WeightBinding? binding, out InferenceError? overLimit))
                return overLimit;
            if (TryMakeSession(binding, out reason) is not { } session) return LoadOwn(environment, directory, memory, StartOnce, reason, start);
            handedOver = true;
            memory.SettleShared(binding.Weights!.CopiedBytes);
            IReadOnlyList<TensorInfo> inputs = model.InputsOf(session), outputs = model.OutputsOf(session);
            // Its mapping is kept by the weights.
            if (form != WeightForm.Exported) model.Dispose();
            var source = new WeightSource(form == WeightForm.Exported ? model : null, Own: null);
            string? own = model.IsQuantized ? "its quantized products are faster with packed weights" : null;
            return new WeightLoad(binding, form, source, inputs, outputs, own, CopyReason: null, graph);
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
    private Result<WeightBinding> Bind(
        OrtEnvironment environment, SharedModel model, LoadMemory memory, Action<ReadAhead> startReadAhead, out WeightForm form)
    {
        MappedWeights? weights = TryMapLaidOut(model, out ReadAhead? ahead);
        form = weights is null && (model.LaidOut is not null || model.IsQuantized) ? WeightForm.Exported : WeightForm.LaidOut;
        try
        {
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

    private MappedWeights? TryMapLaidOut(SharedModel model, out ReadAhead? ahead)
    {
        ahead = null;
        if (model.LaidOut is null || layouts.Value is not { } store || LayoutSource.TryFind(store, model) is not { } entry) return null;
        try
        {
            return model.TryMapLaidOut(entry.Path, out ahead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process may just have removed it.
            return null;
        }
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
            if (memory.ReserveInPlace(source.CopiedBytes) is { } refused) return refused;
            session = source.TryLoad(environment, Unpacked, out reason);
            if (session is null)
            {
                source.Dispose();
                return CopyingLoad.Load(environment, directory, memory, cuda: null, reason, graph);
            }

            memory.SettleInPlace(source.CopiedBytes);
            return new WeightLoad(
                new WeightBinding(session), WeightForm.Exported, new WeightSource(null, source), session.Inputs, session.Outputs, shareReason, null, graph);
        }
        finally
        {
            if (session is null) source?.Dispose();
        }
    }
}
