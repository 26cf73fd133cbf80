namespace Thaw.Onnx.Fusion;

/// <summary>What a fusion made of a graph.</summary>
public readonly record struct FusionReport
{
    /// <summary>Nodes of the graph before and after, the same when it was left as it is.</summary>
    public required int NodesBefore { get; init; }

    /// <inheritdoc cref="NodesBefore"/>
    public required int NodesAfter { get; init; }

    public int LayerNormalizations { get; init; }

    /// <summary>Of those, and of the graph's own, the ones that became SkipLayerNormalization.</summary>
    public int SkipLayerNormalizations { get; init; }

    public int Gelus { get; init; }

    public int Attentions { get; init; }

    public int TransposedWeights { get; init; }

    public int QuantizedProducts { get; init; }
}
