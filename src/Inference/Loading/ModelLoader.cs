using System.Diagnostics;
using Thaw.Inference.Files;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Cuda;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.Inference.Loading;

/// <summary>Turns a directory into a <see cref="LoadedModel"/>. Whatever fails on the way, nothing is left behind.</summary>
/// <param name="runtime">Ends when ONNX Runtime is ready.</param>
/// <param name="reads">Reads weights ahead of the first run. One thread: a disk gives more when it is read at one place.</param>
/// <param name="modelRoot">Directory that all models lie in, or null for anywhere.</param>
public sealed class ModelLoader(Task<OrtEnvironment> runtime, MemoryBudget hostBudget, Promoter promoter, WorkerPool reads, string? modelRoot)
{
    private static readonly SessionSettings s_tier0 = new() { Prepacking = false }, s_tier1 = new();

    // Of the device that models are loaded on.
    private readonly Lazy<MemoryBudget> _deviceBudget = new(() => new MemoryBudget(runtime.Result.Device!.ModelBytes));

    // Tokens of one text when no file names a limit: what BERT was trained with.
    private const int DefaultMaxTokens = 512;

    // Private memory, measured over the test models (bench/README.md). A copied skeleton is there three times: as we wrote it, and as ONNX
    // Runtime parsed it and made its own of it. Of fifty BERT-bases in one process each took 2.8 MB, and three times its skeleton is 2.
    // Where weights cannot be read in place, ONNX Runtime holds the parsed file beside its own copy of them while it loads.
    private const int SkeletonCopies = 3;
    private const double PlainFactor = 2.0;
    private const double LoadedFactor = 1.1;
    private const long LoadingBytes = 8 << 20;
    private const long LoadedBytes = 1 << 20;

    // What is read ahead must not push out what is in use.
    private const int ReadAheadShare = 2;

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

        OrtEnvironment environment = runtime.GetAwaiter().GetResult();
        CudaDevice? device = environment.Device;
        MemoryBudget budget = device is null ? hostBudget : _deviceBudget.Value;
        // Its tables are about as large as its files.
        long tokenizerBytes = directory.TokenizerBytes(), fixedBytes = LoadingBytes + tokenizerBytes;
        MemoryReservation reservation = budget.TryReserve(0)!;
        if (!TryGrow(reservation, fixedBytes)) return OverBudget(budget, fixedBytes);

        using Promoter.LoadMark mark = promoter.BeginLoad();
        TimeSpan files = Stopwatch.GetElapsedTime(start);
        TimeSpan tokenizerTime = default;
        // Beside the rest, which takes longer.
        Task<Tokenizer> tokenizing = Task.Run(() =>
        {
            long begin = Stopwatch.GetTimestamp();
            Tokenizer tokenizer = TokenizerFiles.Load(directory.Path);
            tokenizerTime = Stopwatch.GetElapsedTime(begin);
            return tokenizer;
        });
        InPlaceModel? source = null;
        OrtSession? session = null;
        bool loaded = false;
        try
        {
            source = device is null
                ? InPlaceModel.TryOpen(directory.ModelFile, out string? plainReason, StartReadAhead)
                : InPlaceModel.TryOpenUnfused(directory.ModelFile, out plainReason, StartReadAhead);
            TimeSpan graph = Stopwatch.GetElapsedTime(start) - files;
            if (source is not null)
            {
                long needed = (device is null ? SkeletonCopies * source.CopiedBytes : (long)(directory.WeightBytes() * LoadedFactor)) + fixedBytes;
                if (!TryGrow(reservation, needed)) return OverBudget(budget, needed);
                session = source.TryLoad(environment, device is null ? s_tier0 : s_tier1 with { Cuda = device.Options }, out plainReason);
            }

            if (session is null || device is not null)
            {
                source?.Dispose();
                source = null;
            }

            if (session is null)
            {
                long weights = directory.WeightBytes(), needed = (long)(weights * PlainFactor) + fixedBytes;
                if (!TryGrow(reservation, needed)) return OverBudget(budget, needed);
                session = OrtSession.Load(environment, directory.ModelFile, s_tier1 with { Cuda = device?.Options });
                reservation.Settle((long)(weights * LoadedFactor) + fixedBytes);
            }
            else if (source is not null)
            {
                reservation.Settle((SkeletonCopies * source.CopiedBytes) + LoadedBytes + tokenizerBytes);
            }

            TimeSpan sessionTime = Stopwatch.GetElapsedTime(start) - files - graph;
            Result<ModelSignature> signature = ModelSignature.ForClassification(session);
            if (signature.Error is { } unsupported) return InFile(directory, unsupported.Message);
            Result<Classification> task = Classification.Create(config, signature.Value!.Classes);
            if (task.Error is { } mismatch) return mismatch;
            Tokenizer tokenizer = tokenizing.GetAwaiter().GetResult();
            int maxTokens = Math.Min(tokenizer.MaxLength, config.MaxPositions ?? DefaultMaxTokens);
            loaded = true;
            return new LoadedModel(new ModelSessions(session, source, reservation), signature.Value, tokenizer, maxTokens, task.Value!, promoter, environment)
            {
                Directory = directory.Path,
                LoadTimes = new LoadTimes(files, graph, sessionTime, tokenizerTime, Stopwatch.GetElapsedTime(start)),
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
                source?.Dispose();
                reservation.Dispose();
                // What it throws, another failure came before.
                Task.WhenAny(tokenizing).Wait();
                environment.TrimMemory();
            }
        }
    }

    /// <summary>A load goes before a promotion where there is not memory for both.</summary>
    private bool TryGrow(MemoryReservation reservation, long total) => reservation.TryGrow(total) || (promoter.TryYield() && reservation.TryGrow(total));

    private void StartReadAhead(ReadAhead ahead) => _ = reads.RunAsync(() =>
    {
        // Looked for when its turn has come, not while others before it wait for theirs.
        bool fits = ahead.Bytes <= SystemMemory.Available() / ReadAheadShare;
        if (fits) ahead.Run();
        return fits;
    });

    private static InferenceError OverBudget(MemoryBudget budget, long needed) => new(
        InferenceErrorKind.OutOfMemory,
        $"Loading {Megabytes(needed)} MB would exceed the memory limit: {Megabytes(budget.Reserved)} of {Megabytes(budget.Limit)} MB are taken. Unload a model or raise the limit (THAW_MEMORY_LIMIT; THAW_CUDA_MEMORY_LIMIT on a device).");

    private static InferenceError InFile(ModelDirectory directory, string message) =>
        new(InferenceErrorKind.InvalidModel, $"{Path.GetFileName(directory.ModelFile)}: {message}");

    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
