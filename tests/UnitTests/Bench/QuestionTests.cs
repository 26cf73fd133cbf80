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

    [Fact]
    public void Logits_come_in_the_order_of_the_labels_and_not_of_the_scores() =>
        Assert.Equal([-1, 0.5f, 3], Question.Logits("""[{"label":"LABEL_2","score":3},{"label":"LABEL_1","score":0.5},{"label":"LABEL_0","score":-1}]"""));

    [Fact]
    public void A_distance_is_a_share_of_the_range() =>
        Assert.Equal(0.25, Question.Distance([0, 1, 2], [0, 1.5f, 2]), 1e-6);
}
