using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;

namespace Thaw.Onnx.InPlace;

/// <summary>
/// A model of which nothing is copied but its skeleton: ONNX Runtime gets the graph, fused where it is an encoder's, and the weights where
/// they lie in the mapped files. These have to stay as they are while a session lives (new ones may be renamed into their places).
/// </summary>
public sealed class InPlaceModel : IDisposable
{
    // A graph may come with so much beside its weights, however small these are.
    private const long SmallSkeleton = 4 << 20;

    private readonly MappedWeights _weights;
    private readonly ReadAhead _ahead;
    private readonly ReadOnlyMemory<byte> _skeleton, _unpackedSkeleton;
    private readonly string _folder;
    private readonly bool _isFused;
    private readonly (string Path, FileIdentity? Identity)[] _files;

    private InPlaceModel(OnnxModelFile model, WeightUse use, bool fuse, (string, FileIdentity?)[] files, ReadAhead ahead)
    {
        _ahead = ahead;
        // Wholly: an attention that was not fused has a Softmax left, and one may stand at the end of a classifier.
        int attentions = model.Graph.Nodes.Count(node => node.Domain == FusionGraph.Microsoft && node.OpType is "MultiHeadAttention" or "Attention" or "QAttention");
        _isFused = attentions > model.Graph.Nodes.Count(node => node.OpType == "Softmax");
        string name = FileName(model.Path, out _folder);
        _skeleton = model.Write(name);
        _unpackedSkeleton = fuse && WeightFirst.Apply(model.Graph) > 0 ? model.Write(name) : _skeleton;
        _files = files;
        MappedBytes = model.MappedBytes - use.UnalignedBytes;
        CopiedBytes = _unpackedSkeleton.Length + use.UnalignedBytes;
        PackedBytes = use.FactorBytes;
        _weights = new MappedWeights(model, use.Unaligned);
    }

    /// <summary>What became of the graph.</summary>
    public FusionReport Fusion { get; private init; }

    /// <summary>Bytes of weights that stay in the files.</summary>
    public long MappedBytes { get; }

    /// <summary>Bytes of private memory that hold the skeleton and the weights that had to be copied.</summary>
    public long CopiedBytes { get; }

    /// <summary>Bytes of the weights that a session with prepacking copies into another layout, all of them where ONNX Runtime packs each.</summary>
    public long PackedBytes { get; }

    /// <summary>Maps a model's files and reads its graph.</summary>
    /// <param name="reason">Why not, when there is none; null where there is nothing to map.</param>
    /// <returns>Null where only <see cref="OrtSession.Load(OrtEnvironment, string, SessionSettings, CancellationToken)"/> can tell what becomes of the file.</returns>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    /// <param name="startReadAhead">Gets what brings the weights into memory, to be run on another thread.</param>
    public static InPlaceModel? TryOpen(string path, out string? reason, Action<ReadAhead>? startReadAhead = null) =>
        TryOpen(path, new InPlaceRules(), out reason, startReadAhead);

    /// <summary>The same with the graph as it is, for sessions on a device: ONNX Runtime fuses for each in a way of its own.</summary>
    public static InPlaceModel? TryOpenUnfused(string path, out string? reason, Action<ReadAhead>? startReadAhead = null) =>
        TryOpen(path, new InPlaceRules { Fuse = false }, out reason, startReadAhead);

    /// <inheritdoc cref="TryOpen(string, out string?, Action{ReadAhead}?)"/>
    internal static InPlaceModel? TryOpen(string path, InPlaceRules rules, out string? reason, Action<ReadAhead>? startReadAhead = null)
    {
        OnnxModelFile? model = null;
        ReadAhead? ahead = null;
        try
        {
            FileIdentity? before = NativeFile.Identity(path);
            model = OnnxModelFile.Open(path, rules.SmallestMapped);
            (string, FileIdentity?)[] files = [(path, before), .. model.Data];
            // Before the graph is rewritten, which takes some milliseconds.
            ahead = new ReadAhead(model, new WeightUse(model.Graph));
            startReadAhead?.Invoke(ahead);
            FusionReport fusion = rules.Fuse ? EncoderFusion.Apply(model) : default;
            var use = new WeightUse(model.Graph);
            reason = Refuse(model, use, rules.CopiedShare);
            if (reason is not null || model.MappedBytes == 0) return null;
            var opened = new InPlaceModel(model, use, rules.Fuse, files, ahead) { Fusion = fusion };
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

    /// <summary>A session over the weights where they lie. It may outlive this.</summary>
    /// <param name="settings">How far ONNX Runtime optimises is not asked of them where the graph is fused already: it would take time and find nothing.</param>
    /// <param name="reason">Why ONNX Runtime does not take the model in place, when there is no session.</param>
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
            // A device gets its copy from the file, which ONNX Runtime maps for that by itself; what AddInitializer hands over would stay where it is.
            OrtSession session = settings.Cuda is null
                ? OrtSession.Load(environment, (settings.Prepacking ? _skeleton : _unpackedSkeleton).Span, _weights, inPlace, cancellation)
                : OrtSession.Load(environment, _skeleton.Span, inPlace);
            // What ONNX Runtime computes from weights it reads from the path by itself.
            reason = Array.Exists(_files, file => file.Identity is null || file.Identity != NativeFile.Identity(file.Path)) ? "the file was replaced meanwhile" : null;
            if (reason is null) return session;
            session.Dispose();
        }
        catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
        {
            reason = $"ONNX Runtime refuses it in place: {exception.Message}";
        }

        return null;
    }

    /// <summary>All that its sessions are made of, in parts: the graph as it was rewritten, and all that the model's files hold.</summary>
    /// <exception cref="ObjectDisposedException">This and all its sessions are gone.</exception>
    public void Read(Action<ReadOnlySpan<byte>> part)
    {
        part(_skeleton.Span);
        _weights.Read(part);
    }

    /// <summary>The files stay mapped until the last session is gone too.</summary>
    public void Dispose()
    {
        _ahead.Cancel();
        _weights.Dispose();
    }

    private static string? Refuse(OnnxModelFile model, WeightUse use, int copiedShare)
    {
        if (model.SkeletonBytes > Math.Max(model.MappedBytes, SmallSkeleton)) return "most of its bytes are not in initializers with raw_data";
        return use.CopiedBytes > model.MappedBytes / copiedShare ? "other weights are computed from its weights while it is loaded" : null;
    }

    /// <summary>The file's name in its folder. Links are followed: ONNX Runtime refuses external data that a link leads out of the folder to,
    /// as the cache of huggingface_hub has it.</summary>
    private static string FileName(string path, out string folder)
    {
        string target = NativeFile.RealPath(path);
        folder = Path.GetDirectoryName(target)!;
        return Path.GetFileName(target);
    }
}
