using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>All parameters of one shape, named as in Hugging Face's Bert- and DistilBertForSequenceClassification.</summary>
internal sealed class BertWeights
{
    public BertWeights(BertOptions options)
    {
        bool distil = options.Architecture == BertArchitecture.DistilBert;
        int hidden = options.HiddenSize;
        Base = distil ? "distilbert" : "bert";
        string embeddings = $"{Base}.embeddings";
        Words = Weight.Matrix($"{embeddings}.word_embeddings.weight", options.VocabularySize, hidden, 1);
        Positions = Weight.Matrix($"{embeddings}.position_embeddings.weight", options.MaxPositions, hidden, 1);
        Types = distil ? null : Weight.Matrix($"{embeddings}.token_type_embeddings.weight", BertOptions.TokenTypeCount, hidden, 1);
        EmbeddingNorm = new Norm($"{embeddings}.LayerNorm", hidden);
        Layers = [.. Enumerable.Range(0, options.Layers).Select(i => distil
            ? LayerWeights.DistilBert($"{Base}.transformer.layer.{i}", hidden, options.FeedForwardSize)
            : LayerWeights.Bert($"{Base}.encoder.layer.{i}", hidden, options.FeedForwardSize))];
        Pooler = new Linear(distil ? "pre_classifier" : $"{Base}.pooler.dense", hidden, hidden);
        Classifier = new Linear("classifier", hidden, options.Labels);
    }

    public string Base { get; }

    public Weight Words { get; }

    public Weight Positions { get; }

    public Weight? Types { get; }

    public Norm EmbeddingNorm { get; }

    public LayerWeights[] Layers { get; }

    public Linear Pooler { get; }

    public Linear Classifier { get; }
}

/// <summary>The parameters of one transformer layer.</summary>
internal sealed record LayerWeights(
    string Module, Linear Query, Linear Key, Linear Value, Linear AttentionOutput, Norm AttentionNorm,
    Linear Intermediate, Linear Output, Norm OutputNorm)
{
    public static LayerWeights Bert(string module, int hidden, int feedForward) => new(
        module,
        new Linear($"{module}.attention.self.query", hidden, hidden),
        new Linear($"{module}.attention.self.key", hidden, hidden),
        new Linear($"{module}.attention.self.value", hidden, hidden),
        new Linear($"{module}.attention.output.dense", hidden, hidden),
        new Norm($"{module}.attention.output.LayerNorm", hidden),
        new Linear($"{module}.intermediate.dense", hidden, feedForward),
        new Linear($"{module}.output.dense", feedForward, hidden),
        new Norm($"{module}.output.LayerNorm", hidden));

    public static LayerWeights DistilBert(string module, int hidden, int feedForward) => new(
        module,
        new Linear($"{module}.attention.q_lin", hidden, hidden),
        new Linear($"{module}.attention.k_lin", hidden, hidden),
        new Linear($"{module}.attention.v_lin", hidden, hidden),
        new Linear($"{module}.attention.out_lin", hidden, hidden),
        new Norm($"{module}.sa_layer_norm", hidden),
        new Linear($"{module}.ffn.lin1", hidden, feedForward),
        new Linear($"{module}.ffn.lin2", feedForward, hidden),
        new Norm($"{module}.output_layer_norm", hidden));
}
