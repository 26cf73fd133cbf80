using Thaw.Inference.Memory;

namespace Thaw.UnitTests.Inference.Memory;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void The_rest_can_be_reserved_to_the_last_byte()
    {
        var budget = new MemoryBudget(100);

        using MemoryReservation? first = budget.TryReserve(60);
        Assert.Null(budget.TryReserve(41));
        using MemoryReservation? second = budget.TryReserve(40);

        Assert.Equal(60, first?.Bytes);
        Assert.NotNull(second);
        Assert.Equal(100, budget.Reserved);
        Assert.Null(budget.TryReserve(1));
    }

    [Fact]
    public void A_refused_reservation_takes_nothing()
    {
        var budget = new MemoryBudget(100);

        Assert.Null(budget.TryReserve(101));
        Assert.Null(budget.TryReserve(long.MaxValue));

        Assert.Equal(0, budget.Reserved);
    }

    [Fact]
    public void The_largest_numbers_do_not_overflow()
    {
        var budget = new MemoryBudget(long.MaxValue);

        MemoryReservation? all = budget.TryReserve(long.MaxValue);

        Assert.NotNull(all);
        Assert.Null(budget.TryReserve(long.MaxValue));
        Assert.Null(budget.TryReserve(1));
        all.Dispose();
        Assert.Equal(0, budget.Reserved);
    }

    [Fact]
    public void Negative_sizes_are_refused()
    {
        var budget = new MemoryBudget(100);
        using MemoryReservation? reservation = budget.TryReserve(10);

        Assert.Throws<ArgumentOutOfRangeException>(() => budget.TryReserve(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reservation!.Settle(-1));

        Assert.Equal(10, budget.Reserved);
    }

    [Fact]
    public void Settling_releases_the_rest()
    {
        var budget = new MemoryBudget(100);
        MemoryReservation reservation = budget.TryReserve(80)!;

        reservation.Settle(30);

        Assert.Equal((30, 30), (reservation.Bytes, budget.Reserved));
        reservation.Dispose();
        Assert.Equal(0, budget.Reserved);
    }

    [Fact]
    public void Settling_never_takes_more()
    {
        var budget = new MemoryBudget(100);
        MemoryReservation reservation = budget.TryReserve(30)!;

        reservation.Settle(90);

        Assert.Equal((30, 30), (reservation.Bytes, budget.Reserved));
    }

    [Fact]
    public void A_reservation_is_released_once_even_if_disposed_twice()
    {
        var budget = new MemoryBudget(100);
        using MemoryReservation? other = budget.TryReserve(50);
        MemoryReservation reservation = budget.TryReserve(50)!;

        reservation.Dispose();
        reservation.Dispose();
        reservation.Settle(10);

        Assert.Equal((0, 50), (reservation.Bytes, budget.Reserved));
    }

    [Fact]
    public async Task Concurrent_reservations_never_exceed_the_limit_together()
    {
        const int Limit = 1000;
        var budget = new MemoryBudget(Limit);
        long held = 0;
        int overshot = 0, granted = 0;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (int round = 0; round < 50_000; round++)
            {
                if (budget.TryReserve(random.Next(600)) is not { } reservation) continue;
                Interlocked.Increment(ref granted);
                if (Interlocked.Add(ref held, reservation.Bytes) > Limit) Interlocked.Increment(ref overshot);
                long kept = reservation.Bytes / 2;
                Interlocked.Add(ref held, kept - reservation.Bytes);
                reservation.Settle(kept);
                Interlocked.Add(ref held, -kept);
                reservation.Dispose();
            }
        }))).InTime();

        Assert.Equal(0, overshot);
        Assert.True(granted > 0);
        Assert.Equal(0, budget.Reserved);
    }
}
