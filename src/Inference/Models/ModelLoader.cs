using System.Diagnostics;
using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
using Thaw.Onnx;
using Thaw.Tokenizers;

namespace Thaw.Inference.Models;

/// <summary>Turns a directory into a <see cref="LoadedModel"/>. Whatever fails on the way, nothing is left behind.</summary>
/// <param name="runtime">Ends when ONNX Runtime is ready.</param>
/// <param name="modelRoot">Directory that all models lie in, or null for anywhere.</param>
public sealed class ModelLoader(Task<OrtEnvironment> runtime, MemoryBudget budget, string? modelRoot)
{
    // Tokens of one text when no file names a limit: what BERT was trained with.
    private const int DefaultMaxTokens = 512;

    // Bytes of memory for a byte of weights, measured over the test models (bench/README.md). Weights that are read in place cost what their
    // packed layout takes. Where they cannot be, ONNX Runtime holds the parsed file beside its own copy of them while it loads.
    private const double InPlaceFactor = 1.2;
    private const double PlainFactor = 2.0;
    private const double LoadedFactor = 1.1;
    private const long FixedBytes = 8 << 20;

    /// <summary>Loads the model of <paramref name="url"/> on the calling thread.</summary>
    public Result<LoadedModel> Load(string url)
    {
        long start = Stopwatch.GetTimestamp();
        Result<ModelDirectory> found = ModelDirectory.Find(url, modelRoot);
        if (found.Error is { } notFound) return notFound;
        try
        {
            return Load(found.Value!, start);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new InferenceError(InferenceErrorKind.InvalidModel, $"The model's files cannot be read: {exception.Message}");
        }
    }

    private Result<LoadedModel> Load(ModelDirectory directory, long start)
    {
        Result<ModelConfig> read = ModelConfig.Read(directory.Path);
        if (read.Error is { } broken) return broken;
        ModelConfig config = read.Value!;
        if (Classification.RefuseArchitecture(config) is { } refused) return refused;

        long weights = directory.WeightBytes();
        long needed = (long)(weights * InPlaceFactor) + FixedBytes;
        OrtEnvironment environment = runtime.GetAwaiter().GetResult();
        MemoryReservation? reservation = budget.TryReserve(needed);
        if (reservation is null) return OverBudget(needed);

        OrtSession? session = null;
        bool loaded = false;
        try
        {
            Tokenizer tokenizer = TokenizerFiles.Load(directory.Path);
            session = OrtSession.TryLoadInPlace(environment, directory.ModelFile, new SessionSettings(), out string? plainReason);
            if (session is null)
            {
                if (!reservation.TryGrow(PlainNeed(weights))) return OverBudget(PlainNeed(weights));
                session = OrtSession.Load(environment, directory.ModelFile, new SessionSettings());
            }

            Result<ModelSignature> signature = ModelSignature.ForClassification(session);
            if (signature.Error is { } unsupported) return InFile(directory, unsupported.Message);
            Result<Classification> task = Classification.Create(config, signature.Value!.Classes);
            if (task.Error is { } mismatch) return mismatch;
            reservation.Settle((long)(weights * LoadedFactor) + FixedBytes);
            int maxTokens = Math.Min(tokenizer.MaxLength, config.MaxPositions ?? DefaultMaxTokens);
            loaded = true;
            return new LoadedModel(session, signature.Value, tokenizer, maxTokens, task.Value!, reservation, environment)
            {
                LoadTime = Stopwatch.GetElapsedTime(start),
                PlainReason = plainReason,
            };
        }
        catch (TokenizerFileException exception)
        {
            return new InferenceError(InferenceErrorKind.InvalidModel, exception.Message);
        }
        catch (OnnxRuntimeException exception) when (exception.IsOutOfMemory)
        {
            return new InferenceError(InferenceErrorKind.OutOfMemory, $"ONNX Runtime is out of memory: {exception.Message}");
        }
        catch (OnnxRuntimeException exception)
        {
            return InFile(directory, $"ONNX Runtime refuses it: {exception.Message}");
        }
        catch (OutOfMemoryException)
        {
            return new InferenceError(InferenceErrorKind.OutOfMemory, "The machine is out of memory.");
        }
        finally
        {
            if (!loaded)
            {
                session?.Dispose();
                reservation.Dispose();
                environment.TrimMemory();
            }
        }
    }

    private static long PlainNeed(long weights) => (long)(weights * PlainFactor) + FixedBytes;

    private InferenceError OverBudget(long needed) => new(
        InferenceErrorKind.OutOfMemory,
        $"Loading {Megabytes(needed)} MB would exceed the memory limit: {Megabytes(budget.Reserved)} of {Megabytes(budget.Limit)} MB are taken. Unload a model or raise THAW_MEMORY_LIMIT.");

    private static InferenceError InFile(ModelDirectory directory, string message) =>
        new(InferenceErrorKind.InvalidModel, $"{Path.GetFileName(directory.ModelFile)}: {message}");

    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
