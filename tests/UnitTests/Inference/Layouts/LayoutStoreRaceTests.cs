using Thaw.Inference.Layouts;

namespace Thaw.UnitTests.Inference.Layouts;

public sealed class LayoutStoreRaceTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stores_that_share_a_folder_never_give_anothers_content_or_half_of_one()
    {
        const int Threads = 8, Rounds = 60, Contents = 6, Bytes = 200_000, Limit = 4 * (Bytes + 1000);
        LayoutStore[] stores = [_folder.Open(Limit), _folder.Open(Limit)];
        int written = 0, found = 0;
        List<Exception> failures = [];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            Exception? failure = Record.Exception(() => Work(stores[thread % stores.Length], new Random(thread)));
            if (failure is not null) lock (failures) failures.Add(failure);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
        Assert.InRange(written, 1, int.MaxValue);
        Assert.InRange(found, 1, int.MaxValue);

        StoreFolder.Write(_folder.Open(Limit), Contents, Bytes);
        Assert.DoesNotContain(_folder.Files, file => file.StartsWith(".writing-", StringComparison.Ordinal));
        Assert.InRange(_folder.Files.Count(file => file.EndsWith(".weights", StringComparison.Ordinal)), 1, 4);

        void Work(LayoutStore store, Random random)
        {
            for (int round = 0; round < Rounds; round++)
            {
                int number = random.Next(Contents);
                string source = StoreFolder.Key(1000 + number);
                if (Check(number, store.TryFind(source))) Interlocked.Increment(ref found);
                else if (StoreFolder.FindContent(store, number) is { } verified) store.Link(source, verified);
                else if (store.TryWrite(
                    StoreFolder.Key(number), Bytes, stream => stream.Write(StoreFolder.Content(number, Bytes)), out _, CancellationToken.None) is { } made)
                {
                    Check(number, made);
                    store.Link(source, made);
                    Interlocked.Increment(ref written);
                }

                if (random.Next(10) == 0 && store.TryFind(source) is { } entry) store.Remove(entry);
                if (random.Next(10) == 0) _folder.Open(Limit);
            }
        }

        static bool Check(int number, LayoutEntry? entry)
        {
            if (entry is null) return false;
            Assert.Equal((StoreFolder.Key(number), Bytes), (entry.ContentKey, entry.Bytes));
            try
            {
                byte[] content = File.ReadAllBytes(entry.Path);
                Assert.True(StoreFolder.Content(number, Bytes).AsSpan().SequenceEqual(content.AsSpan(0, Bytes)));
                return true;
            }
            catch (FileNotFoundException)
            {
                // Removed just now.
                return false;
            }
        }
    }
}
