using System.Runtime.CompilerServices;
using System.Text;
using Thaw.Reference.Vocabularies;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Models;

namespace Thaw.UnitTests.Tokenizers;

public sealed class SharedInstancesTests
{
    // Bytes of the look-up table of some 9,000 pieces.
    private const int SmallestTables = 150_000;

    [Fact]
    public void Vocabularies_with_the_same_pieces_and_ids_are_one_instance()
    {
        Vocabulary first = Of("[UNK]", "shared", "##piece");
        Assert.Same(first, Of("[UNK]", "shared", "##piece"));
        Assert.NotSame(first, Of("[UNK]", "shared", "##pieces"));
        Assert.NotSame(first, Of("[UNK]", "##piece", "shared"));
        Assert.NotSame(first, Of("[UNK]", "shar", "ed##piece"));
        Assert.NotSame(first, Of("[UNK]", "shared"));
    }

    [Theory]
    [InlineData("vocab.txt")]
    [InlineData("tokenizer.json")]
    public void A_second_tokenizer_of_the_same_content_makes_no_tables(string file) =>
        AssertShared(file, File.ReadAllText(Path.Combine(Repository.Sample, file)), "##%");

    [Fact]
    public void Merges_and_scores_are_shared_like_the_pieces()
    {
        AssertShared("tokenizer.json", Trained.Roberta, @"\u003Cpad\u003E");
        AssertShared("tokenizer.json", Trained.XlmRoberta, @"\u003Cpad\u003E");
    }

    [Fact]
    public void Merges_of_the_same_ids_in_the_same_order_are_one_instance()
    {
        MergeTable first = Merges((1, 2, 3), (3, 3, 4));
        Assert.Same(first, Merges((1, 2, 3), (3, 3, 4)));
        Assert.NotSame(first, Merges((3, 3, 4), (1, 2, 3)));
        Assert.NotSame(first, Merges((1, 2, 3), (3, 3, 5)));
        Assert.NotSame(first, Merges((1, 2, 3)));
    }

    [Fact]
    public void Unequal_content_of_equal_hash_is_not_shared()
    {
        var instances = new SharedInstances<string>();
        string first = instances.GetOrAdd(1, known => known == "a", () => "a");
        Assert.Equal("b", instances.GetOrAdd(1, known => known == "b", () => "b"));
        Assert.Same(first, instances.GetOrAdd(1, known => known == "a", () => throw new InvalidOperationException()));
    }

    [Fact]
    public void An_instance_is_freed_with_its_last_user()
    {
        var instances = new SharedInstances<object>();
        WeakReference last = Use(instances);
        GC.Collect();
        Assert.False(last.IsAlive);
        int made = 0;
        instances.GetOrAdd(7, _ => true, () => made++);
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Loads_at_the_same_time_end_up_with_one_instance()
    {
        for (int round = 0; round < 500; round++)
        {
            var instances = new SharedInstances<object>();
            var seen = new object[8];
            using var start = new Barrier(seen.Length);
            Task[] loads = [.. Enumerable.Range(0, seen.Length).Select(i => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    seen[i] = instances.GetOrAdd(3, _ => true, () => new object());
                },
                TaskCreationOptions.LongRunning))];
            await Task.WhenAll(loads);
            Assert.Single(seen.Distinct());
        }
    }

    /// <param name="piece">A piece spelled in a way that no test has used, so that the content is new.</param>
    private static void AssertShared(string file, string text, string piece)
    {
        Assert.Contains(piece, text);
        using var directory = new TokenizerDirectory();
        long first = long.MaxValue;
        long second = long.MaxValue;
        // The smallest of a few, because what the process's pools hold varies.
        for (int round = 0; round < 5; round++)
        {
            directory.Write(file, text.Replace(piece, $"##once{Guid.NewGuid():N}"));
            Tokenizer kept = null!, other = null!;
            first = Math.Min(first, Allocations.Of(() => kept = directory.Load()));
            second = Math.Min(second, Allocations.Of(() => other = directory.Load()));
            Assert.Equal(kept.Ids("Wo ist die Bibliothek?"), other.Ids("Wo ist die Bibliothek?"));
        }

        Assert.InRange(second, 0, first - SmallestTables);
    }

    // In its own method, so that no local of the test keeps the instance.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Use(SharedInstances<object> instances) => new(instances.GetOrAdd(7, _ => true, () => new object()));

    private static MergeTable Merges(params (int Left, int Right, int Result)[] merges)
    {
        var table = new MergeTable(merges.Length);
        for (int rank = 0; rank < merges.Length; rank++)
            table.Add(merges[rank].Left, merges[rank].Right, rank, merges[rank].Result);
        return table.Shared();
    }

    private static Vocabulary Of(params string[] texts)
    {
        using var pieces = new PieceList();
        for (int id = 0; id < texts.Length; id++)
            pieces.Add(pieces.Store(Encoding.UTF8.GetBytes(texts[id])) with { Id = id });
        return Vocabulary.Of(pieces, "##"u8.ToArray());
    }
}
