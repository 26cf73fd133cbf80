namespace Thaw.TestModels;

/// <summary>
/// The exporter's order: buffers, then parameters in module order without the folded matrices, then those.
/// </summary>
internal static class ExportedInitializers
{
    public const string TokenTypeBuffer = "bert.embeddings.token_type_ids";

    public static string PositionBuffer(BertWeights weights) => $"{weights.Base}.embeddings.position_ids";

    public static void Add(GraphBuilder graph, BertOptions options, BertWeights weights, IEnumerable<Initializer> transposed)
    {
        long[] positions = [.. Enumerable.Range(0, options.MaxPositions)];
        graph.Add(new ConstantInitializer(PositionBuffer(weights), SmallTensor.Row(positions)));
        if (weights.Types is not null && !options.HasTokenTypeInput)
            graph.Add(new ConstantInitializer(TokenTypeBuffer, SmallTensor.Row(new long[options.MaxPositions])));

        foreach (Weight weight in Named(weights)) graph.Add(WeightInitializer.AsKept(weight));
        foreach (Initializer matrix in transposed) graph.Add(matrix);
    }

    private static IEnumerable<Weight> Named(BertWeights weights)
    {
        yield return weights.Words;
        yield return weights.Positions;
        if (weights.Types is not null) yield return weights.Types;
        yield return weights.EmbeddingNorm.Scale;
        yield return weights.EmbeddingNorm.Bias;
        foreach (LayerWeights layer in weights.Layers)
        {
            yield return layer.Query.Bias;
            yield return layer.Key.Bias;
            yield return layer.Value.Bias;
            yield return layer.AttentionOutput.Bias;
            yield return layer.AttentionNorm.Scale;
            yield return layer.AttentionNorm.Bias;
            yield return layer.Intermediate.Bias;
            yield return layer.Output.Bias;
            yield return layer.OutputNorm.Scale;
            yield return layer.OutputNorm.Bias;
        }

        foreach (Linear linear in (Linear[])[weights.Pooler, weights.Classifier])
        {
            yield return linear.Weight;
            yield return linear.Bias;
        }
    }
}
