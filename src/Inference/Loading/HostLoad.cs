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
    // Of the run that comes first, probably.
    private const int FirstRows = 1, FirstColumns = 32;

    private static readonly SessionSettings Unpacked = new() { Prepacking = false };

    public Result<WeightLoad> Load(OrtEnvironment environment, ModelDirectory directory, LoadMemory memory, Action<ReadAhead> startReadAhead)
    {
        long start = Stopwatch.GetTimestamp();
        SharedModel? model = SharedModel.TryOpen(directory.ModelFile, architectures.Plans, out string? reason);
        if (model is null) return LoadOwn(environment, directory, memory, startReadAhead, reason, start);
        TimeSpan graph = Stopwatch.GetElapsedTime(start);
        bool handedOver = false;
        try
        {
            if (memory.ReserveShared(model) is { } refused) return refused;
            WeightBinding? binding = Bind(environment, model, startReadAhead, out WeightForm form, out OrtSession? session, out reason);
            if (binding is null) return LoadOwn(environment, directory, memory, startReadAhead, reason, start);
            handedOver = true;
            IReadOnlyList<TensorInfo> inputs = model.InputsOf(session!), outputs = model.OutputsOf(session!);
            memory.SettleShared(binding.Weights!.CopiedBytes);
            // Its mapping is kept by the weights.
            if (form != WeightForm.Exported) model.Dispose();
            var source = new WeightSource(form == WeightForm.Exported ? model : null, Own: null);
            return new WeightLoad(binding, form, source, inputs, outputs, OwnSessionReason: null, CopyReason: null, graph);
        }
        finally
        {
            if (!handedOver) model.Dispose();
        }
    }

    /// <summary>Binds the weights as they are laid out in the store, or else as they are in the file.</summary>
    /// <param name="session">One of the architecture's sessions.</param>
    /// <param name="reason">If the result is null, why the architecture has no session.</param>
    private WeightBinding? Bind(
        OrtEnvironment environment, SharedModel model, Action<ReadAhead> startReadAhead, out WeightForm form, out OrtSession? session, out string? reason)
    {
        MappedWeights? weights = null;
        ReadAhead? ahead = null;
        if (model.LaidOut is not null && layouts.Value is { } store && LayoutSource.TryFind(store, model) is { } entry)
            weights = TryMap(model, entry, out ahead);
        form = weights is not null || model.LaidOut is null ? WeightForm.LaidOut : WeightForm.Exported;
        ArchitectureGraph graph = weights is not null ? model.LaidOut! : model.AsExported;
        Architecture architecture = architectures.Acquire(environment, graph);
        WeightBinding? binding = null;
        bool handedOver = false;
        try
        {
            startReadAhead(ahead ?? model.ReadAhead());
            binding = new WeightBinding(architectures, architecture, weights ?? model.Map());
            session = architecture.SessionFor(FirstRows, FirstColumns);
            handedOver = true;
            reason = null;
            return binding;
        }
        catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
        {
            (session, reason) = (null, $"ONNX Runtime cannot load its architecture: {exception.Message}");
            return null;
        }
        finally
        {
            if (!handedOver)
            {
                if (binding is not null) binding.Dispose();
                else architectures.Return(architecture);
            }
        }
    }

    private static MappedWeights? TryMap(SharedModel model, LayoutEntry entry, out ReadAhead? ahead)
    {
        try
        {
            return model.TryMapLaidOut(entry.Path, out ahead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process may just have removed it.
            ahead = null;
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
