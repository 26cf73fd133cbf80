using System.Globalization;
using Thaw.Inference.Tasks;

namespace Thaw.FunctionalTests.InProcess.Combinations;

/// <summary>A random config.json of a model, and what it says.</summary>
internal sealed class ConfigForm
{
    private static readonly string?[] Classes = ["BertForSequenceClassification", "BertForMultiLabelClassification", "MyClassifier", "BertModel", null];

    private readonly Random _random;
    private readonly List<string> _members = [];

    public ConfigForm(Random random, int labels)
    {
        _random = random;
        Labels = [.. Enumerable.Range(0, labels).Select(i => $"LABEL_{i}")];
        if (Pick(Classes) is { } name) Add("architectures", $"[\"{name}\"]");
        if (Chance(2)) Add("model_type", "\"bert\"");
        if (Chance(2)) Add("vocab_size", Chance(2) ? "120" : "120.0");
        if (Chance(2)) Add("pad_token_id", Pick("0", "0.0", "null"));
        if (Chance(3)) Add("layer_norm_eps", Pick("1e-12", "NaN", "-Infinity"));
        NameLabels(labels);
        if (!Chance(4))
        {
            MaxTokens = Chance(4) ? 16 : 32;
            Add("max_position_embeddings", Pick($"{MaxTokens}", $"{MaxTokens}.0", MaxTokens == 32 ? "512" : "16"));
        }

        Function = labels == 1 ? ScoreFunction.Sigmoid : ScoreFunction.Softmax;
        if (Chance(3)) SetProblem();
        if (Chance(5)) SetActivation();
        for (int i = _members.Count; i > 1; i--)
        {
            int other = _random.Next(i);
            (_members[i - 1], _members[other]) = (_members[other], _members[i - 1]);
        }

        Text = $"{(Chance(4) ? "\uFEFF" : "")}{{{string.Join(",\n", _members)}}}";
    }

    public string Text { get; }

    /// <summary>The expected names of the labels.</summary>
    public string[] Labels { get; private set; }

    /// <summary>What makes scores of logits.</summary>
    public ScoreFunction Function { get; private set; }

    /// <summary>Token limit of a text, as far as the file says.</summary>
    public int MaxTokens { get; } = 32;

    private void NameLabels(int count)
    {
        // Now and then one too many.
        int named = Chance(20) ? count + 1 : count;
        int[] ids = [.. Enumerable.Range(0, named)];
        switch (_random.Next(7))
        {
            case 0:
                Add("id2label", Object(ids.Reverse().Select(id => $"\"{id}\": \"name {id}\"")));
                Labels = [.. ids.Select(id => $"name {id}")];
                break;
            case 1:
                Add("id2label", Object(ids.Select(id => $"\"{id}\": {id + 1}")));
                Labels = [.. ids.Select(id => (id + 1).ToString(CultureInfo.InvariantCulture))];
                break;
            case 2:
                Add("id2label", $"[{string.Join(", ", ids.Select(id => id == 0 ? "true" : $"\"{id}\""))}]");
                Labels = [.. ids.Select(id => id == 0 ? "True" : $"{id}")];
                break;
            case 3:
                Add("label2id", Object(ids.Select(id => $"\"é{id}\": {id}.0")));
                Labels = [.. ids.Select(id => $"é{id}")];
                break;
            case 4:
                Add("num_labels", $"{named}");
                break;
            case 5:
                Add("id2label", Object(ids.Select(id => $"\"{id}\": \"LABEL_{id}\"")));
                break;
        }
    }

    private void SetProblem()
    {
        string problem = Pick("single_label_classification", "multi_label_classification", "regression", null) ?? "";
        Add("problem_type", problem.Length == 0 ? "null" : $"\"{problem}\"");
        if (problem.StartsWith("multi", StringComparison.Ordinal)) Function = ScoreFunction.Sigmoid;
        if (problem == "regression") Function = ScoreFunction.None;
    }

    private void SetActivation()
    {
        bool isIdentity = Chance(2);
        string activation = isIdentity ? "\"torch.nn.modules.linear.Identity\"" : "\"torch.nn.modules.activation.Sigmoid\"";
        if (Chance(2)) Add("sbert_ce_default_activation_function", activation);
        else Add("sentence_transformers", $"{{\"activation_fn\": {activation}}}");
        Function = isIdentity ? ScoreFunction.None : ScoreFunction.Sigmoid;
    }

    private void Add(string name, string value) => _members.Add($"\"{name}\": {value}");

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private static string Object(IEnumerable<string> members) => $"{{{string.Join(", ", members)}}}";
}
