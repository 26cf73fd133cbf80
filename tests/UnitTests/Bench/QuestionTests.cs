using System.Text;
using System.Text.Json;
using Thaw.ColdLoad;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Bench;

public sealed class QuestionTests
{
    [Fact]
    public void Servers_and_plain_runs_are_given_the_same_32_tokens()
    {
        using var directory = new TemporaryFolder();
        ExportedModel.Write(directory.Path, BertOptions.Tiny);
        Tokenizer tokenizer = TokenizerFiles.Load(directory.Path);
        string text = JsonDocument.Parse(Question.Body).RootElement.GetProperty("inputs").GetString()!;
        int[] ids = new int[64];
        int count = tokenizer.Encode(Encoding.UTF8.GetBytes(text), ids, out bool truncated);
        Assert.False(truncated);
        Assert.Equal(32, count);
        Assert.Equal(Question.Ids, ids[..count].Select(id => (long)id));
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(4, 16)]
    [InlineData(2, 256)]
    public void Texts_of_a_number_of_tokens_have_that_number_and_differ(int texts, int tokens)
    {
        using var directory = new TemporaryFolder();
        ExportedModel.Write(directory.Path, BertOptions.Mini with { HiddenSize = 8, Layers = 1 });
        Tokenizer tokenizer = TokenizerFiles.Load(directory.Path);
        JsonElement inputs = JsonDocument.Parse(Question.BodyOf(texts, tokens)).RootElement.GetProperty("inputs");
        string[] all = [.. inputs.EnumerateArray().Select(text => text.GetString()!)];
        Assert.Equal(texts, all.Distinct().Count());
        long[] expected = Question.IdsOf(texts, tokens);
        int[] ids = new int[512];
        for (int i = 0; i < texts; i++)
        {
            Assert.Equal(tokens, tokenizer.Encode(Encoding.UTF8.GetBytes(all[i]), ids, out _));
            Assert.Equal(expected[(i * tokens)..((i + 1) * tokens)], ids[..tokens].Select(id => (long)id));
        }
    }

    [Fact]
    public void Logits_of_several_texts_follow_each_other() => Assert.Equal(
        [1, 2, 3, 4],
        Question.LogitsOfAll(
            """[[{"label":"LABEL_1","score":2},{"label":"LABEL_0","score":1}],[{"label":"LABEL_0","score":3},{"label":"LABEL_1","score":4}]]"""));

    [Fact]
    public void Logits_come_in_the_order_of_the_labels_and_not_of_the_scores() =>
        Assert.Equal([-1, 0.5f, 3], Question.Logits("""[{"label":"LABEL_2","score":3},{"label":"LABEL_1","score":0.5},{"label":"LABEL_0","score":-1}]"""));

    [Fact]
    public void A_distance_is_a_share_of_the_range() =>
        Assert.Equal(0.25, Question.Distance([0, 1, 2], [0, 1.5f, 2]), 1e-6);
}
