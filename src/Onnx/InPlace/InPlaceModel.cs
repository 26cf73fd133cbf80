using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Onnx.InPlace;

/// <summary>
/// An ONNX model of which only the skeleton is copied: ONNX Runtime gets the graph, fused if it is an encoder's, and reads the weights from the
/// mapped files. The files must not be modified while a session lives; they may be replaced by renaming new ones over them.
/// </summary>
public sealed class InPlaceModel : IDisposable
{
    /// <summary>The part of <see cref="SessionBytes"/> that is the same for all models.</summary>
    public const long ObjectBytes = 1 << 20;

    // A skeleton of this size is accepted however small the weights are.
    private const long SmallSkeleton = 4 << 20;

    // The skeleton, which is the model file without its weights, is in memory three times: as written for ONNX Runtime, as parsed, and as the
    // session's graph. Each of fifty BERT-bases in one process took 2.8 MB, where three skeletons are 2 MB.
    private const int SkeletonCopies = 3;

    private readonly MappedWeights _weights;
    private readonly string[] _names;
    private readonly ReadAhead _ahead;
    private readonly ReadOnlyMemory<byte> _skeleton, _unpackedSkeleton;
    private readonly string _folder;
    private readonly bool _isFused;
    private readonly (string Path, FileIdentity? Identity)[] _files;

    private InPlaceModel(OnnxModelFile model, WeightUse use, bool fuse, (string, FileIdentity?)[] files, ReadAhead ahead)
    {
        _ahead = ahead;
        _isFused = EncoderFusion.IsComplete(model.Graph);
        string name = FileName(model.Path, out _folder);
        _skeleton = model.Write(name);
        _unpackedSkeleton = fuse && WeightFirst.Apply(model.Graph) > 0 ? model.Write(name) : _skeleton;
        _files = files;
        MappedBytes = model.MappedBytes - use.UnalignedBytes;
        CopiedBytes = _unpackedSkeleton.Length + use.UnalignedBytes;
        PackedBytes = use.FactorBytes;
        (_weights, _names) = Map(model, use.Unaligned);
    }

    /// <summary>What the fusion did to the graph.</summary>
    public FusionReport Fusion { get; private init; }

    /// <summary>What its graph says about the texts that it takes; null if that is not known.</summary>
    public GraphTraits? Traits { get; private init; }

    /// <summary>Bytes of weights that stay in the files.</summary>
    public long MappedBytes { get; }

    /// <summary>Bytes of private memory that hold the skeleton and the weights that must be copied.</summary>
    public long CopiedBytes { get; }

    /// <summary>Bytes of the weights that a session with prepacking copies into another layout, if ONNX Runtime packs all that it can.</summary>
    public long PackedBytes { get; }

    /// <summary>Bytes of private memory of a session with unpacked weights.</summary>
    public long SessionBytes => (SkeletonCopies * CopiedBytes) + ObjectBytes;

    /// <summary>The mapped files.</summary>
    public MappedWeights Weights => _weights;

    /// <summary>Maps the files of an ONNX model and reads its graph.</summary>
    /// <param name="reason">If the result is null, why the model cannot be loaded in place; null if it has nothing to map.</param>
    /// <param name="startReadAhead">Receives the read-ahead of the weights, to be run on another thread.</param>
    /// <returns>Null if the model cannot be loaded in place; only <see cref="OrtSession.Load(OrtEnvironment, string, SessionSettings, CancellationToken)"/>
    /// can tell then whether it can be loaded at all.</returns>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    /// <exception cref="SystemLimitException">The process has too many mappings or open files, or too little address space.</exception>
    public static InPlaceModel? TryOpen(string path, out string? reason, Action<ReadAhead>? startReadAhead = null) =>
        TryOpen(path, new InPlaceRules(), out reason, startReadAhead);

    /// <summary>The same without rewriting the graph, for sessions on a device: ONNX Runtime fuses the graph for each kind of device itself.</summary>
    public static InPlaceModel? TryOpenUnfused(string path, out string? reason, Action<ReadAhead>? startReadAhead = null) =>
        TryOpen(path, new InPlaceRules { Fuse = false }, out reason, startReadAhead);

    /// <inheritdoc cref="TryOpen(string, out string?, Action{ReadAhead}?)"/>
    internal static InPlaceModel? TryOpen(string path, InPlaceRules rules, out string? reason, Action<ReadAhead>? startReadAhead = null)
    {
        OnnxModelFile? model = null;
        ReadAhead? ahead = null;
        try
        {
            model = OnnxModelFile.Open(path, rules.SmallestMapped);
            (string, FileIdentity?)[] files = [(path, model.File.Identity), .. model.Data];
            // Starts before the graph is rewritten, which takes some milliseconds.
            ahead = new ReadAhead(model, new WeightUse(model.Graph));
            startReadAhead?.Invoke(ahead);
            GraphTraits? traits = TraitFinder.Find(model.Graph, model.TryRead);
            FusionReport fusion = rules.Fuse ? EncoderFusion.Apply(model) : default;
            var use = new WeightUse(model.Graph);
            reason = Refuse(model, use, rules.CopiedShare);
            if (reason is not null || model.MappedBytes == 0) return null;
            var opened = new InPlaceModel(model, use, rules.Fuse, files, ahead) { Fusion = fusion, Traits = traits };
            (model, ahead) = (null, null);
            return opened;
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            reason = exception.Message;
        }
        finally
        {
            ahead?.Cancel();
            model?.Dispose();
        }

        return null;
    }

    /// <summary>Makes a session that reads the mapped weights in place. It may outlive this object.</summary>
    /// <param name="settings">Their optimisation level is ignored if the graph is already fused: ONNX Runtime would spend time and find nothing.</param>
    /// <param name="reason">If the result is null, why ONNX Runtime cannot load the model in place.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    public OrtSession? TryLoad(OrtEnvironment environment, SessionSettings settings, out string? reason, CancellationToken cancellation = default)
    {
        try
        {
            SessionSettings inPlace = settings with
            {
                Optimization = _isFused ? GraphOptimization.None : settings.Optimization,
                Config = [.. settings.Config, new("session.model_external_initializers_file_folder_path", _folder)],
            };
            // For a device ONNX Runtime maps the file itself and copies the weights; initializers passed to AddInitializer would stay in host memory.
            OrtSession session = settings.Cuda is null
                ? OrtSession.Load(environment, (settings.Prepacking ? _skeleton : _unpackedSkeleton).Span, _weights, _names, inPlace, cancellation)
                : OrtSession.Load(environment, _skeleton.Span, inPlace);
            // ONNX Runtime itself opens the path to read the weights that it computes others from: these must be the mapped files still.
            bool isReplaced = Array.Exists(_files, file => file.Identity is null || file.Identity != NativeFile.Identity(file.Path));
            reason = isReplaced ? "a file was replaced or modified during the load" : null;
            if (!isReplaced) return session;
            session.Dispose();
        }
        catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
        {
            reason = $"ONNX Runtime cannot load it in place: {exception.Message}";
        }

        return null;
    }

    /// <summary>The files stay mapped until the last session is disposed too.</summary>
    public void Dispose()
    {
        _ahead.Cancel();
        _weights.Dispose();
    }

    /// <param name="model">Its files belong to the weights from now on, even if this throws.</param>
    /// <param name="unaligned">Names of the initializers that are copied to aligned memory.</param>
    private static (MappedWeights, string[]) Map(OnnxModelFile model, IReadOnlySet<string> unaligned)
    {
        var weights = new MappedWeights(model.Files);
        try
        {
            OnnxTensor[] mapped = [.. model.Graph.Initializers.Where(tensor => tensor.Location is not null)];
            weights.Reserve(mapped.Length);
            foreach (OnnxTensor tensor in mapped)
            {
                TensorLocation location = tensor.Location!;
                nint address = model.AddressOf(location);
                if (unaligned.Contains(tensor.Name)) address = weights.Copy(address, location.Length);
                weights.Add(tensor.ElementType, tensor.Dims.ToArray(), address, location.Length);
            }

            return (weights, Array.ConvertAll(mapped, tensor => tensor.Name));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static string? Refuse(OnnxModelFile model, WeightUse use, int copiedShare)
    {
        if (model.SkeletonBytes > Math.Max(model.MappedBytes, SmallSkeleton)) return "most of the file is not stored as raw_data initializers";
        return use.CopiedBytes > model.MappedBytes / copiedShare
            ? "too many of its weights must be copied: they are unaligned, or other weights are computed from them during loading"
            : null;
    }

    /// <summary>The file's name and folder, with links followed: ONNX Runtime refuses external data behind a link out of the model's folder, and in
    /// the cache of huggingface_hub every file is such a link.</summary>
    private static string FileName(string path, out string folder)
    {
        string target = NativeFile.RealPath(path);
        folder = Path.GetDirectoryName(target)!;
        return Path.GetFileName(target);
    }
}
