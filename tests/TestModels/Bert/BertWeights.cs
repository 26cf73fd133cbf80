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
