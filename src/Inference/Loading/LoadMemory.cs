using Thaw.Inference.Layouts;
using Thaw.Inference.Memory;
using Thaw.Onnx.InPlace;

namespace Thaw.Inference.Loading;

/// <summary>
/// The private memory of one load. It is reserved before it is allocated, in stages, as each stage shows how much is needed. If a load does not
/// fit, a running promotion is cancelled to make room. The constants were measured on the test models (bench/README.md).
/// </summary>
internal sealed class LoadMemory : IDisposable
{
    // During a copying load, ONNX Runtime keeps the parsed file in memory beside its own copy of the weights.
    private const double CopyingFactor = 2.0;
    private const double CopiedFactor = 1.1;

    // Of any load; and of one that analyses a graph or makes a session.
    private const long OutlineBytes = 1 << 20;
    private const long LoadingBytes = 8 << 20;

    // The native values of two hundred weights and the model's objects take 32 to 48 KB.
    private const long SharedBytes = 64 << 10;

    private readonly MemoryBudget _budget;
    private readonly Promoter _promoter;
    private MemoryReservation? _reservation;

    private LoadMemory(MemoryBudget budget, Promoter promoter)
    {
        _budget = budget;
        _promoter = promoter;
    }

    /// <summary>Reserves what every load needs.</summary>
    public static Result<LoadMemory> Begin(MemoryBudget budget, Promoter promoter)
    {
        var memory = new LoadMemory(budget, promoter) { _reservation = budget.Open() };
        if (memory.Grow(OutlineBytes) is not { } refused) return memory;
        memory.Dispose();
        return refused;
    }

    /// <summary>For a tokenizer or an architecture that no loaded model has. Models share them, so they are not part of what the load reserves for its
    /// own model.</summary>
    public Result<MemoryReservation> ReserveCommon(long bytes)
    {
        MemoryReservation common = _budget.Open();
        return TryGrow(common, bytes) ? common : OverLimit(_reservation!.Bytes + bytes);
    }

    /// <summary>For the analysis of a graph that is not known yet.</summary>
    public InferenceError? ReserveAnalysis() => Grow(LoadingBytes);

    /// <summary>For laying weights out during the load.</summary>
    public InferenceError? ReserveLayout() => Grow(LoadingBytes);

    /// <summary>For a model that runs in a shared session.</summary>
    public InferenceError? ReserveShared(long copiedBytes) => Grow(OutlineBytes + copiedBytes);

    /// <summary>Releases what was needed only during the load of a model that runs in a shared session.</summary>
    public void SettleShared(long copiedBytes) => _reservation!.Settle(copiedBytes + SharedBytes);

    /// <summary>For a model that is read in place by a session of its own.</summary>
    public InferenceError? ReserveInPlace(InPlaceModel model) => Grow(LoadingBytes - InPlaceModel.ObjectBytes + model.SessionBytes);

    /// <summary>For a model that is copied to a device.</summary>
    public InferenceError? ReserveOnDevice(long weightBytes) => Grow(LoadingBytes + (long)(weightBytes * CopiedFactor));

    /// <summary>For a model that ONNX Runtime parses and copies.</summary>
    public InferenceError? ReserveCopying(long weightBytes) => Grow(LoadingBytes + (long)(weightBytes * CopyingFactor));

    /// <summary>Releases what was needed only during a load in place.</summary>
    public void SettleInPlace(InPlaceModel model) => _reservation!.Settle(model.SessionBytes);

    /// <summary>Releases what was needed only during a copying load.</summary>
    public void SettleCopied(long weightBytes) => _reservation!.Settle((long)(weightBytes * CopiedFactor) + LoadingBytes);

    /// <summary>Passes the reservation to the loaded model, which releases it when it is closed.</summary>
    public MemoryReservation HandOver()
    {
        MemoryReservation reservation = _reservation!;
        _reservation = null;
        return reservation;
    }

    public void Dispose() => _reservation?.Dispose();

    private InferenceError? Grow(long total) => TryGrow(_reservation!, total) ? null : OverLimit(total);

    private bool TryGrow(MemoryReservation reservation, long total) =>
        reservation.TryGrow(total) || (_promoter.TryYield() && reservation.TryGrow(total));

    private InferenceError OverLimit(long needed) => new(
        InferenceErrorKind.OverMemoryLimit,
        $"The model needs {Megabytes(needed)} MB and would exceed the memory limit: "
        + $"{Megabytes(_budget.Reserved)} of {Megabytes(_budget.Limit)} MB are in use.");

    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
