using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>A node with what is known of the values that it reads.</summary>
internal readonly struct NodeView(OnnxNode node, ValueTraits[] inputs, ElementReader reader)
{
    // In elements: more than positions that models have. A plan assumes the elements of all integers of this size.
    private const int LongestRead = 1 << 16;

    public OnnxNode Node => node;

    /// <summary>The operator; of other domains than ONNX's and ONNX Runtime's with the domain before it.</summary>
    public string Operator { get; } = node.IsStandard || node.Domain == Fusion.Rewriting.FusionGraph.Microsoft ? node.OpType : $"{node.Domain}.{node.OpType}";

    public IReadOnlyList<ValueTraits> Inputs => inputs;

    /// <summary>Nothing is known of an input that the node does not have.</summary>
    public ValueTraits this[int input] => (uint)input < (uint)inputs.Length ? inputs[input] : ValueTraits.Unknown;

    public bool Has(int input) => input < node.Inputs.Count && node.Inputs[input].Length > 0;

    public long Integer(string attribute, long ifMissing) => node.Attribute(attribute)?.Integer ?? ifMissing;

    /// <summary>The only element of a constant; null if it is not one.</summary>
    public long? Scalar(int input) => Integers(input) is [var only] ? only : null;

    /// <summary>The elements of a constant of integers; null if it is not one.</summary>
    public long[]? Integers(int input) => IntegersOf(this[input]);

    public long[]? IntegersOf(ValueTraits value)
    {
        if (value.Constant is not { ElementType: TensorElementType.Int64 or TensorElementType.Int32 } tensor) return null;
        long count = tensor.Dims.Aggregate(1L, (product, dim) => dim is < 0 or > LongestRead ? long.MaxValue : product > LongestRead ? product : product * dim);
        if (count > LongestRead || !reader(tensor, out ReadOnlySpan<byte> bytes)) return null;
        if (bytes.Length != count * (tensor.ElementType == TensorElementType.Int64 ? sizeof(long) : sizeof(int))) return null;
        return tensor.ElementType == TensorElementType.Int64
            ? MemoryMarshal.Cast<byte, long>(bytes).ToArray()
            : Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), element => (long)element);
    }

    /// <summary>The axes that a node works along, in the attribute or, from some version on, in an input; null if it does not say, or not until it
    /// runs.</summary>
    public long[]? Axes(int input) => node.Attribute("axes") is { } axes ? [.. axes.Integers] : Integers(input);
}
