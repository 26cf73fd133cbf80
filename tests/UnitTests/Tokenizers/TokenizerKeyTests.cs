using System.Text;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Tokenizers;

public sealed class TokenizerKeyTests
{
    private const string ListsTokens = """{"added_tokens_decoder": {"0": {"content": "[PAD]", "special": true} } }""";

    [Fact]
    public void The_same_files_in_two_directories_have_the_same_key()
    {
        using var first = TokenizerDirectory.WithJson();
        using var second = TokenizerDirectory.WithJson();
        TokenizerKey key = TokenizerFiles.Recognize(first.Path);
        Assert.Equal(key, TokenizerFiles.Recognize(second.Path));
        Assert.Equal(new FileInfo(Path.Combine(first.Path, "tokenizer.json")).Length, key.Bytes);
    }

    [Theory]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("added_tokens.json")]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.txt")]
    public void A_file_that_counts_changes_the_key_when_it_appears_changes_or_goes(string name)
    {
        using TokenizerDirectory directory = name == "tokenizer.json" ? new() : TokenizerDirectory.WithVocabulary();
        directory.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n[PAD]\na");
        TokenizerKey without = TokenizerFiles.Recognize(directory.Path);
        directory.Write(name, "{}");
        TokenizerKey with = TokenizerFiles.Recognize(directory.Path);
        directory.Write(name, "{ }");
        TokenizerKey changed = TokenizerFiles.Recognize(directory.Path);
        directory.Write(name, "{}");
        Assert.Equal(3, new HashSet<TokenizerKey> { without, with, changed }.Count);
        Assert.Equal(with, TokenizerFiles.Recognize(directory.Path));
    }

    [Fact]
    public void Every_byte_of_a_vocabulary_counts()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        byte[] bytes = File.ReadAllBytes(Path.Combine(directory.Path, "vocab.txt"));
        var seen = new HashSet<TokenizerKey> { TokenizerFiles.Recognize(directory.Path) };
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            directory.Write("vocab.txt", bytes);
            Assert.True(seen.Add(TokenizerFiles.Recognize(directory.Path)));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public void The_name_of_a_file_counts_as_its_content_does()
    {
        using var first = TokenizerDirectory.WithVocabulary();
        using var second = TokenizerDirectory.WithVocabulary();
        first.Write("special_tokens_map.json", "{}");
        second.Write("added_tokens.json", "{}");
        Assert.NotEqual(TokenizerFiles.Recognize(first.Path), TokenizerFiles.Recognize(second.Path));

        using var json = new TokenizerDirectory();
        using var text = new TokenizerDirectory();
        json.Write("tokenizer.json", "{}");
        text.Write("vocab.txt", "{}");
        Assert.NotEqual(TokenizerFiles.Recognize(json.Path), TokenizerFiles.Recognize(text.Path));
    }

    [Fact]
    public void Files_that_the_tokenizer_is_not_made_from_do_not_count()
    {
        using var directory = TokenizerDirectory.WithJson();
        directory.Write("tokenizer_config.json", ListsTokens);
        TokenizerKey key = TokenizerFiles.Recognize(directory.Path);
        foreach (string name in (string[])["vocab.txt", "special_tokens_map.json", "added_tokens.json", "config.json"])
            directory.Write(name, "neither JSON nor a vocabulary");
        Assert.Equal(key, TokenizerFiles.Recognize(directory.Path));
        directory.Load();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(700_000)]
    public void Recognizing_and_reading_give_the_same_key(int length)
    {
        using var directory = TokenizerDirectory.WithVocabulary("{}");
        byte[] bytes = Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, length / 7 + 1)).PadRight(length, 'x'))[..length];
        directory.Write("vocab.txt", bytes);
        TokenizerKey key = TokenizerFiles.Recognize(directory.Path);
        Assert.Equal(key, TokenizerFiles.Read(directory.Path).Key);
        Assert.Equal(key, TokenizerFiles.Read(directory.Path, default, key).Key);
        Assert.Equal(length + 2, key.Bytes);
    }

    [Fact]
    public void Files_that_changed_since_they_were_recognized_are_refused()
    {
        using var directory = TokenizerDirectory.WithVocabulary();
        TokenizerKey key = TokenizerFiles.Recognize(directory.Path);
        directory.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n[PAD]\na");
        var refused = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Read(directory.Path, default, key));
        Assert.Contains("the files changed while they were being read. Load the model again.", refused.Message);
    }

    [Fact]
    public void Recognizing_does_not_keep_the_vocabulary_in_memory()
    {
        using var directory = TokenizerDirectory.WithVocabulary("{}", new string('\n', 1 << 20));
        long least = long.MaxValue;
        for (int round = 0; round < 20; round++)
            least = Math.Min(least, Allocations.Of(() => TokenizerFiles.Recognize(directory.Path)));
        Assert.InRange(least, 0, 20_000);
    }
}
