using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>
/// Follows a projection [batch, sequence, heads · size] through the reshapes, transpositions and scalings that split it into heads. Letters tell
/// which axes make up a dimension of the result: b for batch, s for sequence, n for heads, d for the head size.
/// </summary>
internal sealed class HeadView
{
    // Splitting into heads takes a few steps; a longer chain is something else.
    private const int MostSteps = 16;

    private readonly FusionGraph _graph;

    private HeadView(FusionGraph graph) => _graph = graph;

    /// <summary>The projection's output.</summary>
    public required string Source { get; init; }

    public required Dim Batch { get; init; }

    public required Dim Sequence { get; init; }

    public required long Heads { get; init; }

    public required long HeadSize { get; init; }

    /// <summary>The product of the scalings.</summary>
    public required float Scale { get; init; }

    /// <summary>The dimensions of the result, such as "b,n,s,d".</summary>
    public string Axes { get; private set; } = "b,s,nd";

    /// <summary>Goes back from a value to its projection; null if other nodes are between them.</summary>
    public static HeadView? Trace(FusionGraph graph, string value)
    {
        List<OnnxNode> steps = [];
        float scale = 1;
        string source = value;
        while (steps.Count < MostSteps)
        {
            if (Operands.Scaled(graph, source) is { } scaled) (source, scale) = (scaled.Value, scale * scaled.Factor);
            else if (graph.Producer(source, "Reshape", "Transpose") is { } step && !IsUnfolded(graph, step))
            {
                steps.Add(step);
                source = step.Inputs[0];
            }
            else break;
        }

        if (graph.Facts[source] is not { } facts || !facts.IsFloatOf(3)) return null;
        steps.Reverse();
        Dim[] shape = facts.Shape!;
        // The first reshape to four dimensions tells the number of heads and their size.
        if (steps.Find(step => step.OpType == "Reshape" && graph.Facts[step.Outputs[0]]?.Rank == 4) is not { } split) return null;
        if (graph.Facts[split.Outputs[0]]!.Shape! is not [var batch, var sequence, { IsConstant: true } heads, { IsConstant: true } size]) return null;
        if (!batch.Equals(shape[0]) || !sequence.Equals(shape[1]) || !shape[2].Is(heads.Factor * size.Factor)) return null;
        if (heads.Factor < 1 || size.Factor < 1) return null;
        var view = new HeadView(graph) { Source = source, Batch = batch, Sequence = sequence, Heads = heads.Factor, HeadSize = size.Factor, Scale = scale };
        return steps.TrueForAll(view.TryStep) ? view : null;
    }

    /// <summary>Whether a Reshape splits the rows of a matrix product into batch and sequence.</summary>
    private static bool IsUnfolded(FusionGraph graph, OnnxNode step) =>
        step.OpType == "Reshape" && graph.Facts[step.Outputs[0]]?.Rank == 3 && graph.Facts[step.Inputs[0]]?.Rank == 2;

    /// <summary>A view of the heads' outputs, [batch, heads, sequence, size].</summary>
    public HeadView Result(string value, long size) => new(_graph)
    {
        Source = value, Batch = Batch, Sequence = Sequence, Heads = Heads, HeadSize = size, Scale = 1, Axes = "b,n,s,d",
    };

    /// <summary>Follows a Reshape or Transpose; false if it mixes the axes.</summary>
    public bool TryStep(OnnxNode node)
    {
        string[] axes = Axes.Split(',');
        if (node.OpType == "Transpose")
        {
            if (ReshapingRules.Permutation(node, axes.Length) is not { } permutation) return false;
            Axes = string.Join(',', permutation.Select(axis => axes[axis]));
            return true;
        }

        if (_graph.Facts[node.Outputs[0]]?.Shape is not { } shape) return false;
        string letters = string.Concat(axes);
        List<string> groups = [];
        int next = 0;
        foreach (Dim dim in shape)
        {
            // A dimension is the product of the next axes, and takes at least one of them even if that has length 1.
            int start = next;
            Dim? product = Dim.One;
            do
            {
                if (next == letters.Length || product is null) return false;
                product = Dim.Multiply(product, LengthOf(letters[next++]));
            }
            while (product is null || !product.Equals(dim));
            groups.Add(letters[start..next]);
        }

        if (next != letters.Length) return false;
        Axes = string.Join(',', groups);
        return true;
    }

    private Dim LengthOf(char axis) => axis switch
    {
        'b' => Batch,
        's' => Sequence,
        'n' => Dim.Of(Heads),
        _ => Dim.Of(HeadSize),
    };
}
