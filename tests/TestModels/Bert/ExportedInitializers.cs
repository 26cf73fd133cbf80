using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// The exporter's order: buffers, then parameters in module order except the folded matrices, then those matrices. Quantized weights
/// come last, each with its scale and zero point.
/// </summary>
internal static class ExportedInitializers
{
    public const string TokenTypeBuffer = "bert.embeddings.token_type_ids";

    public static string PositionBuffer(BertWeights weights) => $"{weights.Base}.embeddings.position_ids";

    public static void Add(GraphBuilder graph, BertOptions options, BertWeights weights, IReadOnlyList<(string Name, Weight Weight)> transposed)
    {
        long[] positions = [.. Enumerable.Range(0, options.MaxPositions)];
        graph.Add(new ConstantInitializer(PositionBuffer(weights), SmallTensor.Row(positions)));
        if (weights.Types is not null && !options.HasTokenTypeInput)
            graph.Add(new ConstantInitializer(TokenTypeBuffer, SmallTensor.Row(new long[options.MaxPositions])));

        Weight[] tables = [weights.Words, weights.Positions, .. weights.Types is null ? (Weight[])[] : [weights.Types]];
        bool quantized = options.Quantization != Quantization.None;
        if (!quantized) AddAll(graph, tables.Select(WeightInitializer.AsKept));
        AddAll(graph, Named(weights).Select(WeightInitializer.AsKept));
        if (!quantized)
        {
            AddAll(graph, transposed.Select(matrix => WeightInitializer.Transposed(matrix.Name, matrix.Weight)));
            return;
        }

        bool perChannel = options.Quantization == Quantization.PerChannel;
        AddAll(graph, tables.SelectMany(table => new QuantizedTable(table).Initializers()));
        AddAll(graph, transposed.SelectMany(matrix => new QuantizedMatrix(matrix.Weight, perChannel).Initializers(matrix.Name)));
    }

    private static void AddAll(GraphBuilder graph, IEnumerable<Initializer> initializers)
    {
        foreach (Initializer initializer in initializers) graph.Add(initializer);
    }

    private static IEnumerable<Weight> Named(BertWeights weights)
    {
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
