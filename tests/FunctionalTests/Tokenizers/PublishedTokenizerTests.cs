using System.Text.Json;
using System.Text.Json.Nodes;
using Thaw.FunctionalTests.Support;
using Thaw.Reference;
using Thaw.Reference.Corpora;
using Thaw.Reference.Vocabularies;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Tokenizers;

/// <summary>
/// The tokenizer inside the published binary, which is compiled ahead of time and has no culture data, compared with the live
/// reference.
/// </summary>
[Trait("Category", "binary")]
public sealed class PublishedTokenizerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int TextsInRequest = 1000;

    // The largest of these tokenizers has a token for each scalar of Unicode, twice for some.
    private const int MostTokens = 1 << 20;

    private readonly ServerProcess _server = fixture.Server;

    private sealed record Token(int Id, bool Special, int? Start, int? Stop);

    public static TheoryData<string> Kinds => [.. Tokenizers.Keys];

    private static readonly Dictionary<string, Func<string>> Tokenizers = new()
    {
        ["every scalar, lower case"] = () => EveryScalar.WordPiece,
        ["every scalar, cased"] = () => TokenizerText.With(EveryScalar.WordPiece, root => root["normalizer"]!["lowercase"] = false),
        ["byte-level BPE"] = () => Trained.Roberta,
        ["Unigram with NFKC"] = () => TokenizerText.With(Trained.XlmRoberta, root => root["normalizer"] = new JsonObject { ["type"] = "NFKC" }),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ids_and_offsets_are_those_of_the_reference(string kind)
    {
        string json = Tokenizers[kind]();
        using var directory = new TemporaryFolder();
        string model = directory["model"];
        ExportedModel.Write(model, BertOptions.Tiny with { VocabularySize = MostTokens, HiddenSize = 4, FeedForwardSize = 4 });
        foreach (string file in Directory.GetFiles(model, "*.txt").Concat(Directory.GetFiles(model, "*token*"))) File.Delete(file);
        await File.WriteAllTextAsync(Path.Combine(model, "tokenizer.json"), json);
        string name = fixture.NewName();
        Answer loaded = await _server.LoadAsync(name, model);
        Assert.True(loaded.Code == 200, loaded.Body);

        using var reference = ReferenceTokenizer.Load(json);
        int compared = 0;
        foreach (string[] texts in ScalarTexts.InUse().Alone().Packed().Concat(RandomTexts.Of(seed: 91, "<mask>", "[MASK]").Take(10_000)).Chunk(TextsInRequest))
        {
            ReferenceEncoding[] expected = reference.Encode(texts);
            string body = JsonSerializer.Serialize(new { inputs = texts });
            Answer answer = await _server.PostAsync($"/models/{Uri.EscapeDataString(name)}/tokenize", body);
            Assert.Equal(200, answer.Code);
            Token[][] actual = JsonSerializer.Deserialize<Token[][]>(answer.Body, JsonSerializerOptions.Web)!;
            for (int i = 0; i < texts.Length; i++)
                AssertEqual(texts[i], Texts(expected[i]), Texts(actual[i]));
            compared += texts.Length;
        }

        Assert.True(compared > 10_000);
        Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
    }

    private static string[] Texts(ReferenceEncoding encoding) =>
        [.. encoding.Ids.Select((id, i) => encoding.SpecialMask[i] == 1 ? $"{id}*" : $"{id}@{encoding.Offsets[i].Start}-{encoding.Offsets[i].End}")];

    private static string[] Texts(Token[] tokens) => [.. tokens.Select(token => token.Special ? $"{token.Id}*" : $"{token.Id}@{token.Start}-{token.Stop}")];

    private static void AssertEqual(string text, string[] expected, string[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual)) return;
        int same = expected.Zip(actual).TakeWhile(tokens => tokens.First == tokens.Second).Count();
        string escaped = string.Concat(text.EnumerateRunes().Select(rune => rune.Value is >= 0x20 and < 0x7F ? rune.ToString() : $"\\u{{{rune.Value:X}}}"));
        Assert.Fail($"Token {same}: expected {string.Join(' ', expected.Skip(same).Take(3))}, not {string.Join(' ', actual.Skip(same).Take(3))}, in {escaped}");
    }
}
