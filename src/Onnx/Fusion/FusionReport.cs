namespace Thaw.Onnx.Fusion;

/// <summary>What the fusion did to a graph: how many of each kind of node it made.</summary>
public readonly record struct FusionReport
{
    /// <summary>Nodes of the graph before and after; the same number if the graph was left unchanged.</summary>
    public required int NodesBefore { get; init; }

    /// <inheritdoc cref="NodesBefore"/>
    public required int NodesAfter { get; init; }

    public int LayerNormalizations { get; init; }

    public int Gelus { get; init; }

    public int Attentions { get; init; }

    public int TransposedWeights { get; init; }

    public int QuantizedProducts { get; init; }
}
