using Thaw.Inference.Memory;
using Thaw.Inference.Tiers;

namespace Thaw.Inference.Loading;

/// <summary>
/// The private memory of one load. It is reserved before it is allocated, in stages, as each stage shows how much is needed. If a load does not
/// fit, a running promotion is cancelled to make room. The constants were measured on the test models (bench/README.md).
/// </summary>
internal sealed class LoadMemory : IDisposable
{
    // The skeleton, which is the model file without its weights, is in memory three times: as written for ONNX Runtime, as parsed, and as the
    // session's graph. Each of fifty BERT-bases in one process took 2.8 MB, where three skeletons are 2 MB.
    private const int SkeletonCopies = 3;

    // During a copying load, ONNX Runtime keeps the parsed file in memory beside its own copy of the weights.
    private const double CopyingFactor = 2.0;
    private const double CopiedFactor = 1.1;

    private const long LoadingBytes = 8 << 20;
    private const long LoadedBytes = 1 << 20;

    private readonly MemoryBudget _budget;
    private readonly Promoter _promoter;
    private readonly long _tokenizerBytes;
    private MemoryReservation? _reservation;

    private LoadMemory(MemoryBudget budget, Promoter promoter, long tokenizerBytes)
    {
        _budget = budget;
        _promoter = promoter;
        _tokenizerBytes = tokenizerBytes;
    }

    /// <summary>Reserves what every load needs.</summary>
    /// <param name="tokenizerBytes">Size of the tokenizer's files; its tables take about as much memory.</param>
    public static Result<LoadMemory> Begin(MemoryBudget budget, Promoter promoter, long tokenizerBytes)
    {
        var memory = new LoadMemory(budget, promoter, tokenizerBytes) { _reservation = budget.Open() };
        if (memory.Grow(0) is not { } refused) return memory;
        memory.Dispose();
        return refused;
    }

    /// <summary>For a model that is read in place.</summary>
    /// <param name="copiedBytes">Its skeleton, and the weights that must be copied.</param>
    public InferenceError? ReserveInPlace(long copiedBytes) => Grow(SkeletonCopies * copiedBytes);

    /// <summary>For a model that is copied to a device.</summary>
    public InferenceError? ReserveOnDevice(long weightBytes) => Grow((long)(weightBytes * CopiedFactor));

    /// <summary>For a model that ONNX Runtime parses and copies.</summary>
    public InferenceError? ReserveCopying(long weightBytes) => Grow((long)(weightBytes * CopyingFactor));

    /// <summary>Releases what was needed only during a load in place.</summary>
    public void SettleInPlace(long copiedBytes) => _reservation!.Settle((SkeletonCopies * copiedBytes) + LoadedBytes + _tokenizerBytes);

    /// <summary>Releases what was needed only during a copying load.</summary>
    public void SettleCopied(long weightBytes) => _reservation!.Settle((long)(weightBytes * CopiedFactor) + LoadingBytes + _tokenizerBytes);

    /// <summary>Passes the reservation to the loaded model, which releases it when it is closed.</summary>
    public MemoryReservation HandOver()
    {
        MemoryReservation reservation = _reservation!;
        _reservation = null;
        return reservation;
    }

    public void Dispose() => _reservation?.Dispose();

    private InferenceError? Grow(long modelBytes)
    {
        long total = modelBytes + LoadingBytes + _tokenizerBytes;
        if (_reservation!.TryGrow(total) || (_promoter.TryYield() && _reservation.TryGrow(total))) return null;
        return new InferenceError(
            InferenceErrorKind.OverMemoryLimit,
            $"The model needs {Megabytes(total)} MB and would exceed the memory limit: "
            + $"{Megabytes(_budget.Reserved)} of {Megabytes(_budget.Limit)} MB are in use.");
    }

    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
