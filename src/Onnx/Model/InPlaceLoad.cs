namespace Thaw.Onnx.Model;

/// <summary>Loads a model without copying its weights: ONNX Runtime gets the model's skeleton, and the weights where they lie in the mapped file.</summary>
internal static class InPlaceLoad
{
    /// <summary>Smaller initializers are copied. Most are biases and scales, a hundredth of the weights, whose kernels need aligned memory;
    /// and shapes, which ONNX Runtime wants to see while it loads.</summary>
    public const long SmallestMapped = 4096;

    // A model that keeps its weights in other files is loaded from its path, and ONNX Runtime maps those.
    private const long SmallSkeleton = 4 << 20;

    /// <inheritdoc cref="OrtSession.TryLoadInPlace"/>
    public static OrtSession? TryLoad(OrtEnvironment environment, string path, SessionSettings settings, long smallestMapped, out string? reason)
    {
        try
        {
            FileIdentity? before = NativeFile.Identity(path);
            OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped);
            if (model.SkeletonBytes > Math.Max(model.MappedBytes, SmallSkeleton) || model.MappedBytes == 0)
            {
                reason = model.SkeletonBytes > SmallSkeleton ? "most of its bytes are not in initializers with raw_data" : null;
                model.Dispose();
                return null;
            }

            OrtSession session = Load(environment, model, settings);
            reason = null;
            // What ONNX Runtime folds it reads from the path by itself.
            if (before is not null && before == NativeFile.Identity(path)) return session;
            session.Dispose();
            reason = "the file was replaced meanwhile";
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

    private static OrtSession Load(OrtEnvironment environment, OnnxModelFile model, SessionSettings settings)
    {
        ReadOnlyMemory<byte> skeleton;
        IReadOnlySet<string> unaligned;
        string folder;
        try
        {
            unaligned = WeightUse.FindUnaligned(model.Graph);
            // ONNX Runtime refuses external data that a link leads out of the folder to, as the cache of huggingface_hub has it.
            string path = System.IO.File.ResolveLinkTarget(model.Path, returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(model.Path);
            folder = System.IO.Path.GetDirectoryName(path)!;
            skeleton = model.Write(System.IO.Path.GetFileName(path));
        }
        catch
        {
            model.Dispose();
            throw;
        }

        return OrtSession.Load(environment, skeleton.Span, new MappedWeights(model, unaligned), settings with
        {
            Config = [.. settings.Config, new("session.model_external_initializers_file_folder_path", folder)],
        });
    }
}
