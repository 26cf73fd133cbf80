using Thaw.Inference.Memory;
using Thaw.Inference.Tiers;

namespace Thaw.Inference.Loading;

/// <summary>
/// The private memory of one load: reserved before it is taken, in stages, as far as each stage shows what is needed; a promotion under way gives
/// its memory up for a load that would not fit otherwise. The figures are measured over the test models (bench/README.md).
/// </summary>
internal sealed class LoadMemory : IDisposable
{
    // A copied skeleton is there three times: as we wrote it, and as ONNX Runtime parsed it and made its own of it. Of fifty BERT-bases in one
    // process each took 2.8 MB, and three times its skeleton is 2.
    private const int SkeletonCopies = 3;

    // Where weights cannot be read in place, ONNX Runtime holds the parsed file beside its own copy of them while it loads.
    private const double CopyingFactor = 2.0;
    private const double CopiedFactor = 1.1;

    private const long LoadingBytes = 8 << 20;
    private const long LoadedBytes = 1 << 20;

    private readonly MemoryBudget _budget;
    private readonly Promoter _promoter;
    private readonly long _tokenizerBytes;
    private MemoryReservation? _reservation;

    private LoadMemory(MemoryBudget budget, Promoter promoter, long tokenizerBytes) => (_budget, _promoter, _tokenizerBytes) = (budget, promoter, tokenizerBytes);

    /// <summary>Reserves what every load takes.</summary>
    /// <param name="tokenizerBytes">Of the tokenizer's files; its tables take about as much.</param>
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

    /// <summary>For a model that a device gets a copy of.</summary>
    public InferenceError? ReserveOnDevice(long weightBytes) => Grow((long)(weightBytes * CopiedFactor));

    /// <summary>For a model whose weights ONNX Runtime reads and copies.</summary>
    public InferenceError? ReserveCopying(long weightBytes) => Grow((long)(weightBytes * CopyingFactor));

    /// <summary>Gives back what only the load of a model in place needed.</summary>
    public void SettleInPlace(long copiedBytes) => _reservation!.Settle((SkeletonCopies * copiedBytes) + LoadedBytes + _tokenizerBytes);

    /// <summary>Gives back what only ONNX Runtime's own load needed.</summary>
    public void SettleCopied(long weightBytes) => _reservation!.Settle((long)(weightBytes * CopiedFactor) + LoadingBytes + _tokenizerBytes);

    /// <summary>Hands what is reserved to the loaded model, which gives it back when it is closed.</summary>
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
            $"Loading {Megabytes(total)} MB would exceed the memory limit: {Megabytes(_budget.Reserved)} of {Megabytes(_budget.Limit)} MB are taken.");
    }

    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
