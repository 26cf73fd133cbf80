namespace Thaw.Onnx.Model;

/// <summary>Loads a model without copying its weights: ONNX Runtime gets the model's skeleton, and the weights where they lie in the mapped file.</summary>
internal static class InPlaceLoad
{
    /// <summary>Smaller initializers are copied. Most are biases and scales, a hundredth of the weights, whose kernels need aligned memory;
    /// and shapes, which ONNX Runtime wants to see while it loads.</summary>
    public const long SmallestMapped = 4096;

    // A model that keeps its weights in other files is loaded from its path, and ONNX Runtime maps those.
    private const long SmallSkeleton = 4 << 20;

    // Of models whose weights ONNX Runtime computes from others while it loads, as an export without constant folding has it, it keeps both:
    // loaded in place, such a model took as long as plainly and 1.4 times the memory.
    private const int CopiedShare = 16;

    /// <inheritdoc cref="OrtSession.TryLoadInPlace"/>
    public static OrtSession? TryLoad(
        OrtEnvironment environment, string path, SessionSettings settings, long smallestMapped, out string? reason, int copiedShare = CopiedShare)
    {
        try
        {
            FileIdentity? before = NativeFile.Identity(path);
            OnnxModelFile? model = OnnxModelFile.Open(path, smallestMapped);
            try
            {
                var use = new WeightUse(model.Graph);
                reason = Refuse(model, use, copiedShare);
                if (reason is not null || model.MappedBytes == 0) return null;
                ReadOnlyMemory<byte> skeleton = model.Write(FileName(path, out string folder));
                var weights = new MappedWeights(model, use.Unaligned);
                model = null;
                OrtSession session = OrtSession.Load(environment, skeleton.Span, weights, settings with
                {
                    Config = [.. settings.Config, new("session.model_external_initializers_file_folder_path", folder)],
                });
                // What ONNX Runtime computes from weights it reads from the path by itself.
                if (before is not null && before == NativeFile.Identity(path)) return session;
                session.Dispose();
                reason = "the file was replaced meanwhile";
            }
            finally
            {
                model?.Dispose();
            }
        }
        catch (ModelFormatException exception)
        {
            reason = exception.Message;
        }
        catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
        {
            reason = $"ONNX Runtime refuses it in place: {exception.Message}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reason = exception.Message;
        }

        return null;
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
        string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        folder = Path.GetDirectoryName(target)!;
        return Path.GetFileName(target);
    }
}
