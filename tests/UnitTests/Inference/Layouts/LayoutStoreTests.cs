using Thaw.Inference.Layouts;

namespace Thaw.UnitTests.Inference.Layouts;

public sealed class LayoutStoreTests : IDisposable
{
    private static readonly string Source = StoreFolder.Key(1001), Other = StoreFolder.Key(1002);

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    [InlineData(8 << 20)]
    public void An_entry_is_found_by_its_content_and_by_the_sources_that_are_linked_to_it(int bytes)
    {
        LayoutStore store = _folder.Open();
        Assert.Null(StoreFolder.FindContent(store, 1));
        Assert.Null(store.TryFind(Source));
        LayoutEntry entry = StoreFolder.Write(store, 1, bytes);
        Assert.Equal(bytes, entry.Bytes);
        Assert.Equal(entry, StoreFolder.FindContent(store, 1));
        Assert.Null(store.TryFind(Source));
        Assert.True(store.Link(Source, entry));
        Assert.Equal(entry, store.TryFind(Source));
        Assert.Null(store.TryFind(Other));

        LayoutStore again = _folder.Open();
        Assert.Equal(entry, again.TryFind(Source));
        Assert.Equal(entry, StoreFolder.FindContent(again, 1));
        Assert.Equal(new[] { $"{StoreFolder.Key(1)}.weights", $"{Source}.ref" }.Order(StringComparer.Ordinal), _folder.Files);
    }

    [Fact]
    public void A_source_can_be_linked_to_another_entry()
    {
        LayoutStore store = _folder.Open();
        LayoutEntry first = StoreFolder.Write(store, 1, 1000), second = StoreFolder.Write(store, 2, 1000);
        store.Link(Source, first);
        store.Link(Other, first);
        store.Link(Source, second);
        Assert.Equal((second, first), (store.TryFind(Source), store.TryFind(Other)));
    }

    [Fact]
    public void A_removed_entry_is_not_found_and_one_that_took_its_place_stays()
    {
        LayoutStore store = _folder.Open();
        LayoutEntry old = StoreFolder.Write(store, 1, 1000);
        store.Link(Source, old);
        LayoutEntry entry = StoreFolder.Write(store, 1, 1000);
        store.Remove(old);
        Assert.Equal(entry, StoreFolder.FindContent(store, 1));
        Assert.Null(store.TryFind(Source));
        store.Link(Source, entry);
        store.Remove(entry);
        Assert.Null(StoreFolder.FindContent(store, 1));
        Assert.Null(store.TryFind(Source));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void The_entries_not_used_for_the_longest_time_make_room()
    {
        const int Bytes = 1 << 20;
        LayoutStore store = _folder.Open(limit: 4 * (Bytes + 1000));
        // In the order of their last uses: 3 (never linked), 2, 4, 1.
        foreach ((int number, int used) in ((int, int)[])[(1, 400), (2, 200), (3, 0), (4, 300)])
        {
            File.SetLastWriteTimeUtc(StoreFolder.Write(store, number, Bytes).Path, DateTime.UnixEpoch.AddSeconds(100));
            if (used == 0) continue;
            store.Link(StoreFolder.Key(1000 + number), StoreFolder.FindContent(store, number)!);
            File.SetLastWriteTimeUtc(_folder.ReferenceOf(StoreFolder.Key(1000 + number)), DateTime.UnixEpoch.AddSeconds(used));
        }

        List<int> left = [1, 2, 3, 4];
        foreach (int next in (int[])[3, 2, 4, 1])
        {
            StoreFolder.Write(store, 10 + next, Bytes);
            left.Remove(next);
            Assert.Equal(left, Enumerable.Range(1, 4).Where(number => File.Exists(Path.Combine(_folder.Path, $"{StoreFolder.Key(number)}.weights"))));
        }

        // References to entries that are gone go too, when room is needed the next time.
        StoreFolder.Write(store, 20, Bytes);
        Assert.Equal(4, _folder.Files.Length);
        Assert.All(_folder.Files, file => Assert.EndsWith(".weights", file));
    }

    [Fact]
    public void Entries_larger_than_the_limit_or_the_disk_are_refused()
    {
        LayoutStore small = _folder.Open(limit: 1000), large = _folder.Open(limit: long.MaxValue);
        StoreFolder.Write(small, 1, 900);
        AssertRefused(small, 1001, "limit of 1000");
        AssertRefused(small, 1000, "limit of 1000");
        AssertRefused(large, 1L << 60, "the disk has");
        Assert.Throws<OverflowException>(() => AssertRefused(large, long.MaxValue, ""));
        Assert.Single(_folder.Files);
    }

    [Fact]
    public void Many_small_entries_stay_within_the_limit_although_the_folder_is_not_read_for_each()
    {
        const int Bytes = 1000, Limit = 20 * Bytes;
        LayoutStore first = _folder.Open(Limit), second = _folder.Open(Limit);
        for (int number = 0; number < 100; number++)
        {
            StoreFolder.Write(number % 3 == 0 ? first : second, number, Bytes);
            Assert.InRange(_folder.Files.Sum(file => new FileInfo(Path.Combine(_folder.Path, file)).Length), 0, Limit);
        }

        Assert.InRange(_folder.Files.Length, 15, 20);
    }

    [Fact]
    public void A_use_is_recorded_once_a_minute()
    {
        LayoutStore store = _folder.Open();
        store.Link(Source, StoreFolder.Write(store, 1, 1000));
        string reference = _folder.ReferenceOf(Source);
        DateTime recent = DateTime.UtcNow.AddSeconds(-30);
        File.SetLastWriteTimeUtc(reference, recent);
        Assert.NotNull(store.TryFind(Source));
        Thread.Sleep(100);
        Assert.Equal(recent, File.GetLastWriteTimeUtc(reference));
        File.SetLastWriteTimeUtc(reference, DateTime.UtcNow.AddMinutes(-2));
        Assert.NotNull(store.TryFind(Source));
        Assert.True(SpinWait.SpinUntil(() => DateTime.UtcNow - File.GetLastWriteTimeUtc(reference) < TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10)));
        Assert.NotNull(store.TryFind(Source));
    }

    [Fact]
    public void A_folder_that_others_may_write_to_or_that_is_in_memory_is_not_used()
    {
        Directory.CreateDirectory(_folder.Beside("open"));
        File.SetUnixFileMode(_folder.Beside("open"), (UnixFileMode)511);
        AssertUnusable(_folder.Beside("open"), "other users may write");
        Directory.CreateDirectory(_folder.Beside("own"));
        File.CreateSymbolicLink(_folder.Beside("link"), _folder.Beside("own"));
        AssertUnusable(_folder.Beside("link"), "another user");
        File.WriteAllText(_folder.Beside("file"), "");
        AssertUnusable(_folder.Beside("file"), "");
        AssertUnusable("/proc/thaw", "");
        string memory = Path.Combine("/dev/shm", Path.GetRandomFileName());
        AssertUnusable(memory, "");
        if (Directory.Exists(memory)) Directory.Delete(memory);

        static void AssertUnusable(string directory, string expected)
        {
            Assert.Null(LayoutStore.TryOpen(directory, 1000, out string? reason));
            Assert.Contains(expected, reason);
        }
    }

    private static void AssertRefused(LayoutStore store, long bytes, string expected)
    {
        Assert.Null(store.TryWrite(StoreFolder.Key(9), bytes, _ => Assert.Fail("There is no room."), out string? reason, CancellationToken.None));
        Assert.Contains(expected, reason);
    }
}
