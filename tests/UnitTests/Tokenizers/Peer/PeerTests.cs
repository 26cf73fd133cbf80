using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;
using Thaw.Reference.Corpora;
using Thaw.Tokenizers.Files;
using Tokenizer = Thaw.Tokenizers.Tokenizer;

namespace Thaw.UnitTests.Tokenizers.Peer;

/// <summary>A second opinion besides the reference: another implementation in .NET.</summary>
public sealed class PeerTests
{
    public static TheoryData<string> Names => [.. KnownDifference.All.Select(difference => difference.Name)];

    [Fact]
    public void Ids_are_the_peers_where_there_is_no_known_difference()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Repository.Sample);
        BertTokenizer peer = Peer(File.ReadAllBytes(Path.Combine(Repository.Sample, "vocab.txt")));
        string[] texts = [.. Texts().Where(text => !KnownDifference.All.Any(difference => difference.Concerns(text)))];
        Assert.True(texts.Length > 500, $"Only {texts.Length} texts are left.");
        Assert.All(texts, text => Assert.Equal(peer.EncodeToIds(text, int.MaxValue, out _, out _), tokenizer.Ids(text)));
    }

    // If this fails because the peer was fixed, remove the entry.
    [Theory, MemberData(nameof(Names))]
    public void Known_differences_are_as_listed(string name)
    {
        KnownDifference known = KnownDifference.All.Single(difference => difference.Name == name);
        using TokenizerDirectory directory = TokenizerDirectory.WithVocabulary();
        BertTokenizer peer = Peer(Encoding.UTF8.GetBytes(string.Join('\n', TokenizerDirectory.Pieces)));
        IEnumerable<int> peerIds = peer.EncodeToIds(known.Text, int.MaxValue, out _, out _).Skip(1).SkipLast(1);
        Assert.Equal(known.Tokens, directory.Load().Tokens(known.Text));
        Assert.Equal(known.PeerTokens, string.Join(' ', peerIds.Select(id => TokenizerDirectory.Pieces[id])));
    }

    private static BertTokenizer Peer(byte[] vocabulary) =>
        BertTokenizer.Create(new MemoryStream(vocabulary), new BertOptions { LowerCaseBeforeTokenization = true });

    private static IEnumerable<string> Texts()
    {
        string[] files = ["tests/Reference/Corpora/english.txt", "THIRD-PARTY-NOTICES.txt"];
        IEnumerable<string> lines = files.SelectMany(file => File.ReadLines(Path.Combine(Repository.Root, file))).Distinct().Take(3000);
        IEnumerable<string> sentences = File.ReadLines(Path.Combine(Repository.Sample, "goldens.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!);
        return [.. lines, .. sentences, .. RandomTexts.Of(seed: 1).Take(5000)];
    }
}
