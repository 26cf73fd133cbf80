using System.IO.Hashing;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Onnx.Architectures;

/// <summary>
/// An ONNX model that the sessions of its architecture run: only its weights are its own, and they stay in the mapped files. The files must not be
/// modified while it lives; they may be replaced by renaming new ones over them.
/// </summary>
public sealed class SharedModel : IDisposable
{
    private readonly ModelOutline _outline;
    private readonly GraphPlan _plan;
    private readonly WeightLayout _layout;

    private SharedModel(ModelOutline outline, GraphPlan plan)
    {
        (_outline, _plan) = (outline, plan);
        _layout = new WeightLayout(plan, outline);
    }

    /// <summary>The graph for the weights as they are exported.</summary>
    public ArchitectureGraph AsExported => _plan.AsExported;

    /// <summary>The graph for laid-out weights; null if the model is exported like that already or is quantized, and nothing is widened.</summary>
    public ArchitectureGraph? LaidOut => _plan.LaidOut;

    /// <summary>Whether only a session of its own, with packed weights, runs it as fast as possible.</summary>
    public bool IsQuantized => _plan.IsQuantized;

    /// <summary>What its graph says about the texts that it takes; null if that is not known.</summary>
    public GraphTraits? Traits => _plan.Traits;

    /// <summary>Path of the model's file.</summary>
    public string Path => _outline.File.Path;

    /// <summary>Length of the file of the laid-out weights.</summary>
    public long LayoutBytes => _layout.Bytes;

    /// <summary>Bytes of the files.</summary>
    public long MappedBytes => _outline.Files.Sum(file => file.Length);

    /// <summary>Bytes of the weights that must be copied to be read as they are exported: they are joined from several, or not stored as raw data,
    /// or widened.</summary>
    public long CopiedBytes => _plan.Slots.Where(slot => !IsInPlace(slot)).Sum(_layout.LengthOf);

    /// <summary>The same of those that are copied although the others are laid out.</summary>
    public long CopiedBytesBesideLayout => _plan.Slots.Where(slot => !IsInPlace(slot) && !_layout.Has(slot)).Sum(_layout.LengthOf);

    /// <summary>Whether weights are float16 or bfloat16 in the files and float32 in the graph, so that only laid-out ones can be read in place.</summary>
    public bool IsWidened => _plan.Slots.Any(_layout.IsWidened);

    /// <summary>The files when they were mapped; empty if one of them could not be identified.</summary>
    public IReadOnlyList<FileIdentity> Identities =>
        _outline.Identities.All(file => file.Identity is not null) ? [.. _outline.Identities.Select(file => file.Identity!.Value)] : [];

    /// <summary>A hash of how the file of the laid-out weights is arranged, the same in every process.</summary>
    public UInt128 LayoutKey => _layout.Key;

    /// <summary>Maps a model, and finds its plan or makes it.</summary>
    /// <param name="reason">If the result is null, why the model needs a session of its own, or why it cannot be read in place.</param>
    /// <param name="mayAnalyse">Asked before a plan is made, which takes memory; if it returns false, the result is null.</param>
    /// <param name="analysing">Receives the read-ahead of the weights if a plan must be made, to be run on another thread meanwhile.</param>
    /// <exception cref="UnusableFileException">A file is missing or a Git LFS pointer.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="SystemLimitException">The process has too many mappings or open files, or too little address space.</exception>
    public static SharedModel? TryOpen(
        string path, PlanTable plans, out string? reason, Func<bool>? mayAnalyse = null, Action<ReadAhead>? analysing = null)
    {
        try
        {
            return TryOpen(ModelOutline.Open(path, plans.Seed), plans, out reason, mayAnalyse, analysing);
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException and not UnusableFileException)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <param name="outline">Owned by the result, or disposed.</param>
    /// <exception cref="ModelFormatException">It is damaged.</exception>
    internal static SharedModel? TryOpen(
        ModelOutline outline, PlanTable plans, out string? reason, Func<bool>? mayAnalyse = null, Action<ReadAhead>? analysing = null)
    {
        bool handedOver = false;
        try
        {
            GraphPlan? plan = plans.Find(outline, out reason);
            if (plan is null && reason is null && mayAnalyse?.Invoke() != false) plan = Analyse(outline, plans, out reason, analysing);
            if (plan is null) return null;
            var model = new SharedModel(outline, plan);
            model._layout.CheckCopies();
            handedOver = true;
            return model;
        }
        finally
        {
            if (!handedOver) outline.Dispose();
        }
    }

    /// <summary>The inputs or outputs of one of the architecture's sessions, as this model has them.</summary>
    public IReadOnlyList<TensorInfo> InputsOf(OrtSession session) => [.. session.Inputs.Take(_plan.Inputs)];

    /// <inheritdoc cref="InputsOf"/>
    public IReadOnlyList<TensorInfo> OutputsOf(OrtSession session)
    {
        TensorInfo[] outputs = [.. session.Outputs];
        for (int i = 0; i < outputs.Length; i++)
        {
            if (_plan.LabelSlots[i] is not (>= 0 and var slot) || outputs[i].Shape.Count == 0) continue;
            long labels = DimensionsOf(_plan.Slots[slot])[_plan.Slots[slot].FreeDimension];
            outputs[i] = outputs[i] with { Shape = [.. outputs[i].Shape.SkipLast(1), labels] };
        }

        return outputs;
    }

    /// <summary>The weights as they are exported.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    public MappedWeights Map() => Map(_outline.Files.Select(file => file.Share()), laidOut: null);

    /// <summary>The weights with those of its products in another file; null if the file is shorter than that.</summary>
    /// <param name="path">A file that <see cref="WriteLayout"/> wrote.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="SystemLimitException">The process has too many mappings or open files, or too little address space.</exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    public MappedWeights? TryMapLaidOut(string path, out ReadAhead? ahead)
    {
        ahead = null;
        if (MappedFile.Open(path) is not { } file) return null;
        if (file.Length < LayoutBytes)
        {
            file.Dispose();
            return null;
        }

        ahead = new ReadAhead([(file, 0, LayoutBytes)]);
        return Map(_outline.Files.Select(own => own.Share()).Prepend(file), file);
    }

    /// <summary>Reads the weights that every run needs ahead of the first run.</summary>
    public ReadAhead ReadAhead() => new(_outline, _plan.Slots.Where(slot => !slot.IsTable).SelectMany(Locations));

    /// <summary>Writes the weights that every run needs, those of products transposed, in the order in which a run reads them.</summary>
    /// <param name="written">Called after each part with its number of bytes; may throw.</param>
    public void WriteLayout(Stream stream, Action<long> written) => _layout.Write(stream, written);

    /// <summary>A hash of the files' whole content.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public UInt128 HashContent(CancellationToken cancellation)
    {
        const int LongestPart = 1 << 20;
        var hash = new XxHash128();
        foreach (MappedFile file in _outline.Files)
        {
            for (long at = 0; at < file.Length; at += LongestPart)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.Append(file.Span(at, (int)Math.Min(LongestPart, file.Length - at)));
            }
        }

        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>Whether one of the files was replaced or modified since they were mapped.</summary>
    public bool IsChanged() => _outline.IsChanged();

    /// <summary>Gives the files' page tables back to the system until they are read again.</summary>
    public void ReleasePageTables()
    {
        foreach (MappedFile file in _outline.Files) file.ReleasePageTables();
    }

    /// <summary>The files stay mapped until the weights are disposed too.</summary>
    public void Dispose() => _outline.Dispose();

    private static GraphPlan? Analyse(ModelOutline outline, PlanTable plans, out string? reason, Action<ReadAhead>? analysing)
    {
        using OnnxModelFile model = OnnxModelFile.Read(outline.File.Share(), new InPlaceRules().SmallestMapped);
        analysing?.Invoke(new ReadAhead(outline, new WeightUse(model.Graph).Whole));
        GraphPlan? plan = null;
        GraphTraits? traits = TraitFinder.Find(model.Graph, model.TryRead);
        reason = Float32Graph.Apply(model);
        if (reason is null)
        {
            EncoderFusion.Apply(model);
            plan = GraphPlanner.TryPlan(model, outline, traits, out reason);
        }

        // External data was opened again by its name.
        if (outline.Files.Skip(1).Any() && outline.IsChanged())
        {
            reason = "a file was replaced or modified while it was read";
            return null;
        }

        if (plan is not null) return plans.Add(outline.Structure, plan);
        plans.Refuse(outline.Structure, reason!);
        return null;
    }

    private MappedWeights Map(IEnumerable<MappedFile> files, MappedFile? laidOut)
    {
        var weights = new MappedWeights(files);
        try
        {
            weights.Reserve(_plan.Slots.Count);
            for (int i = 0; i < _plan.Slots.Count; i++)
            {
                WeightSlot slot = _plan.Slots[i];
                long[] dims = DimensionsOf(slot);
                long length = MappedInitializer.ByteLength(slot.ElementType, dims);
                nint address = laidOut is not null && _layout.Has(slot) ? laidOut.AddressOf(_layout.OffsetOf(i)) : AddressOf(slot, length, weights);
                if (laidOut is not null && slot.IsTransposed) Array.Reverse(dims);
                weights.Add(slot.ElementType, dims, address, length);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The address of a weight in the model's files, or of a copy.</summary>
    private nint AddressOf(WeightSlot slot, long length, MappedWeights weights)
    {
        if (IsInPlace(slot))
        {
            TensorLocation location = _outline.Initializers[slot.Parts[0].Initializer].Location!;
            return _outline.FileOf(location).AddressOf(location.Offset);
        }

        nint copy = weights.Allocate(length);
        _layout.Copy(slot, copy);
        return copy;
    }

    private bool IsInPlace(WeightSlot slot) =>
        slot.Parts is [var only] && _outline.Initializers[only.Initializer].Location is not null && !_layout.IsWidened(slot);

    private long[] DimensionsOf(WeightSlot slot) => slot.Parts is [var only]
        ? [.. _outline.Initializers[only.Initializer].Dims]
        : [slot.Parts.Sum(part => part.Count)];

    private IEnumerable<TensorLocation> Locations(WeightSlot slot) =>
        slot.Parts.Where(part => part.Initializer >= 0).Select(part => _outline.Initializers[part.Initializer].Location).OfType<TensorLocation>();
}
