using System.Runtime.CompilerServices;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Inference.Tokenizing;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;
using Thaw.UnitTests.Tokenizers;

namespace Thaw.UnitTests.Inference.Tokenizing;

public sealed class TokenizerTableTests : IDisposable
{
    private const string Config = """{"model_max_length": 128}""";

    private readonly WorkerPool _parsers = new("parser", 2);
    private readonly MemoryBudget _budget = new(1 << 20);
    private readonly TokenizerTable _table;

    public TokenizerTableTests() => _table = new TokenizerTable(_parsers);

    public void Dispose()
    {
        Assert.Equal(0, _budget.Reserved);
        _parsers.Dispose();
    }

    [Fact]
    public void The_same_files_in_two_directories_give_one_tokenizer_and_one_reservation()
    {
        using var first = TokenizerDirectory.WithVocabulary(Config);
        using var second = TokenizerDirectory.WithVocabulary(Config);
        using TokenizerUse use = Take(first);
        using TokenizerUse other = Take(second);
        Assert.Same(use.Tokenizer, other.Tokenizer);
        Assert.Equal(128, other.Tokenizer.MaxLength);
        Assert.Equal(TokenizerFiles.Recognize(first.Path).Bytes, _budget.Reserved);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"model_max_length": 129}""")]
    [InlineData("special_tokens_map.json", "{}")]
    [InlineData("added_tokens.json", "{}")]
    [InlineData("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello")]
    public void Files_that_differ_give_another_tokenizer(string name, string text)
    {
        using var first = TokenizerDirectory.WithVocabulary(Config);
        using var second = TokenizerDirectory.WithVocabulary(Config);
        second.Write(name, text);
        using TokenizerUse use = Take(first);
        using TokenizerUse other = Take(second);
        Assert.NotSame(use.Tokenizer, other.Tokenizer);
        Assert.Equal(TokenizerFiles.Recognize(first.Path).Bytes + TokenizerFiles.Recognize(second.Path).Bytes, _budget.Reserved);
    }

    [Fact]
    public void A_tokenizer_that_a_model_has_needs_no_other_thread_and_no_memory()
    {
        using var directory = TokenizerDirectory.WithJson();
        using TokenizerUse use = Take(directory);
        Tokenizer tokenizer = use.Tokenizer;
        using Blocked blocked = Block();
        Result<TokenizerUse> taken = _table.Take(directory.Path, default, _ => throw new InvalidOperationException("It was reserved before."));
        using TokenizerUse other = taken.Value!;
        Assert.Same(tokenizer, other.Tokenizer);
        Assert.True(other.Time < TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("tokenizer.json", "{")]
    [InlineData("tokenizer.json", "{\"model\": {\"type\": \"Unknown\"}}")]
    [InlineData("tokenizer_config.json", "[]")]
    [InlineData("tokenizer_config.json", """{"truncation_side": "middle"}""")]
    [InlineData("vocab.txt", "no token for unknown words")]
    [InlineData("vocab.txt", "\uFEFF[UNK]")]
    [InlineData("other.txt", "no tokenizer at all")]
    public void Files_that_cannot_be_used_give_the_same_error_every_time(string name, string text)
    {
        using TokenizerDirectory directory = name == "tokenizer_config.json" ? TokenizerDirectory.WithVocabulary() : new();
        directory.Write(name, text);
        string expected = directory.Refused().Message;
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(expected, Refused(directory));
            Assert.Equal(0, _budget.Reserved);
        }
    }

    [Fact]
    public void Files_that_were_repaired_load_while_a_load_of_the_damaged_ones_still_fails()
    {
        using var directory = TokenizerDirectory.WithVocabulary(pieces: "damaged");
        using TokenizerUse damaged = Take(directory);
        Assert.Throws<TokenizerFileException>(() => damaged.Tokenizer);
        using TokenizerUse again = Take(directory);
        Assert.Throws<TokenizerFileException>(() => again.Tokenizer);
        directory.Write("vocab.txt", string.Join('\n', TokenizerDirectory.Pieces));
        using TokenizerUse repaired = Take(directory);
        Assert.Equal("hello", repaired.Tokenizer.Tokens("hello"));
    }

    [Fact]
    public void A_tokenizer_that_memory_is_refused_for_is_not_remembered()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        var error = new InferenceError(InferenceErrorKind.OverMemoryLimit, "no room");
        Assert.Same(error, _table.Take(directory.Path, default, _ => error).Error);
        using TokenizerUse use = Take(directory);
        Assert.Equal("hello", use.Tokenizer.Tokens("hello"));
    }

    [Fact]
    public void Memory_is_released_with_the_last_use_and_only_then()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        WeakReference tokenizer = UseTwice(directory);
        GC.Collect();
        Assert.False(tokenizer.IsAlive);
    }

    [Fact]
    public void A_tokenizer_still_works_after_its_last_use()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        TokenizerUse use = Take(directory);
        Tokenizer tokenizer = use.Tokenizer;
        Assert.True(use.Release());
        Assert.Equal("hello world", tokenizer.Tokens("hello world"));
        using TokenizerUse again = Take(directory);
        Assert.NotSame(tokenizer, again.Tokenizer);
    }

    [Fact]
    public async Task A_use_that_ends_early_keeps_its_reservation_until_the_tokenizer_is_parsed()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        Task<bool> release;
        using (Block())
        {
            TokenizerUse use = Take(directory);
            release = Task.Factory.StartNew(use.Release, TaskCreationOptions.LongRunning);
            await Task.Delay(20);
            Assert.False(release.IsCompleted);
            Assert.NotEqual(0, _budget.Reserved);
        }

        Assert.True(await release.InTime());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Loads_at_the_same_time_parse_once(bool isValid)
    {
        const int Loads = 6;
        TokenizerDirectory[] directories =
            [.. Enumerable.Range(0, Loads).Select(_ => TokenizerDirectory.WithVocabulary(pieces: isValid ? null : "damaged"))];
        using var start = new Barrier(Loads);
        for (int round = 0; round < 100; round++)
        {
            TokenizerUse[] uses = await AtOnce(Loads, load =>
            {
                start.SignalAndWait();
                return Take(directories[load]);
            });
            if (isValid) Assert.Single(uses.Select(use => use.Tokenizer).Distinct());
            else Assert.All(uses, use => Assert.Throws<TokenizerFileException>(() => use.Tokenizer));
            int last = (await AtOnce(Loads, load => uses[load].Release())).Count(isLast => isLast);
            if (isValid) Assert.Equal(1, last);
            Assert.Equal(0, _budget.Reserved);
        }

        foreach (TokenizerDirectory directory in directories) directory.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_loads_and_unloads_never_get_the_tokenizer_of_other_files(int seed)
    {
        const int Threads = 6, Rounds = 300, Kinds = 4;
        // Each kind in two directories; a text's length tells which tokenizer it is. The last kind is damaged.
        TokenizerDirectory[] directories =
            [.. Enumerable.Range(0, 2 * Kinds).Select(i => TokenizerDirectory.WithVocabulary(
                $$"""{"model_max_length": {{100 + (i % Kinds)}}}""", i % Kinds == Kinds - 1 ? "damaged" : null))];
        await AtOnce(Threads, thread =>
        {
            var random = new Random((seed * 100) + thread);
            for (int round = 0; round < Rounds; round++)
            {
                int kind = random.Next(Kinds);
                using TokenizerUse use = Take(directories[kind]);
                if (kind == Kinds - 1)
                {
                    Assert.Throws<TokenizerFileException>(() => use.Tokenizer);
                    continue;
                }

                // Some loads fail for another reason, before the tokenizer is parsed.
                if (random.Next(4) == 0) continue;
                using TokenizerUse other = Take(directories[kind + Kinds]);
                Assert.Same(use.Tokenizer, other.Tokenizer);
                Assert.Equal(100 + kind, use.Tokenizer.MaxLength);
                Assert.Equal("hello world", other.Tokenizer.Tokens("hello world"));
            }

            return true;
        });
        Assert.Equal(0, _budget.Reserved);
        foreach (TokenizerDirectory directory in directories) directory.Dispose();
    }

    private static Task<T[]> AtOnce<T>(int threads, Func<int, T> work) => Task.WhenAll(Enumerable.Range(0, threads)
        .Select(thread => Task.Factory.StartNew(() => work(thread), TaskCreationOptions.LongRunning))).InTime();

    // In its own method, so that no local of the test keeps the tokenizer.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference UseTwice(TokenizerDirectory directory)
    {
        TokenizerUse use = Take(directory), other = Take(directory);
        var tokenizer = new WeakReference(use.Tokenizer);
        long reserved = _budget.Reserved;
        Assert.NotEqual(0, reserved);
        Assert.False(use.Release());
        Assert.False(use.Release());
        Assert.Equal(reserved, _budget.Reserved);
        Assert.True(other.Release());
        Assert.False(other.Release());
        Assert.Equal(0, _budget.Reserved);
        return tokenizer;
    }

    private TokenizerUse Take(TokenizerDirectory directory)
    {
        Assert.True(_table.Take(directory.Path, default, Reserve).TryGet(out TokenizerUse? use, out _));
        return use;
    }

    private string Refused(TokenizerDirectory directory) => Assert.Throws<TokenizerFileException>(() =>
    {
        using TokenizerUse use = Take(directory);
        return use.Tokenizer;
    }).Message;

    private Result<MemoryReservation> Reserve(long bytes) => _budget.TryReserve(bytes)!;

    private Blocked Block()
    {
        var blocked = new Blocked();
        for (int thread = 0; thread < 2; thread++) _ = _parsers.RunAsync(blocked.Wait);
        return blocked;
    }

    /// <summary>Keeps threads busy until it is disposed.</summary>
    private sealed class Blocked : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();

        public bool Wait()
        {
            _end.Wait();
            return true;
        }

        public void Dispose() => _end.Set();
    }
}
