using Thaw.Inference.Memory;

namespace Thaw.UnitTests.Inference.Memory;

public sealed class TensorSlabTests
{
    [Theory]
    [InlineData(0, 1 << 10)]
    [InlineData(1, 1 << 10)]
    [InlineData(1 << 10, 1 << 10)]
    [InlineData((1 << 10) + 1, 1 << 11)]
    [InlineData(3000, 1 << 12)]
    [InlineData((1 << 22) - 1, 1 << 22)]
    [InlineData(1 << 22, 1 << 22)]
    [InlineData((1 << 22) + 1, (1 << 22) + 1)]
    [InlineData(1 << 23, 1 << 23)]
    public void A_slab_is_the_next_power_of_two_up_to_four_megabytes_and_exact_above(int asked, int given)
    {
        using TensorSlab slab = TensorSlab.Rent(asked);

        Assert.Equal(given, slab.Bytes.Length);
    }

    [Fact]
    public void Rented_slabs_are_counted()
    {
        long before = TensorSlab.Rented;

        TensorSlab small = TensorSlab.Rent(100);
        TensorSlab large = TensorSlab.Rent(5_000_000);
        Assert.Equal(before + 2, TensorSlab.Rented);
        small.Dispose();
        large.Dispose();

        Assert.Equal(before, TensorSlab.Rented);
    }

    [Fact]
    public void A_returned_slab_is_used_again()
    {
        TensorSlab slab = TensorSlab.Rent(1 << 14);
        slab.Dispose();

        // Other slabs may be before it in the pool, but no more than a pool keeps.
        List<TensorSlab> rented = [];
        do rented.Add(TensorSlab.Rent(1 << 14));
        while (rented[^1] != slab && rented.Count < 32);

        Assert.Same(slab, rented[^1]);
        foreach (TensorSlab each in rented) each.Dispose();
    }

    [Fact]
    public void A_slab_that_is_too_large_to_keep_is_not_used_again()
    {
        TensorSlab slab = TensorSlab.Rent(1 << 23);
        slab.Dispose();

        using TensorSlab next = TensorSlab.Rent(1 << 23);

        Assert.NotSame(slab, next);
    }

    [Fact]
    public void Addresses_are_aligned_for_64_bit_integers_and_do_not_change_in_a_collection()
    {
        using TensorSlab slab = TensorSlab.Rent(4096);
        nint first = slab.AddressOf(0);
        slab.Bytes[800] = 42;

        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);

        Assert.Equal(0, first % sizeof(long));
        Assert.Equal(first, slab.AddressOf(0));
        Assert.Equal(first + 800, slab.AddressOf(800));
        unsafe
        {
            Assert.Equal(42, *(byte*)slab.AddressOf(800));
        }
    }

    [Fact]
    public async Task No_slab_has_two_owners()
    {
        long before = TensorSlab.Rented;
        int shared = 0;

        await Task.WhenAll(Enumerable.Range(1, 4).Select(owner => Task.Run(() =>
        {
            var random = new Random(owner);
            for (int round = 0; round < 20_000; round++)
            {
                using TensorSlab slab = TensorSlab.Rent(random.Next(1, 5000));
                Span<byte> bytes = slab.Bytes[..64];
                bytes.Fill((byte)owner);
                Thread.SpinWait(random.Next(50));
                if (bytes.ContainsAnyExcept((byte)owner)) Interlocked.Increment(ref shared);
            }
        }))).InTime();

        Assert.Equal(0, shared);
        Assert.Equal(before, TensorSlab.Rented);
    }

    [Fact]
    public void A_slab_cannot_be_returned_twice()
    {
        TensorSlab slab = TensorSlab.Rent(1000);
        slab.Dispose();

        Assert.Throws<InvalidOperationException>(slab.Dispose);
    }
}
