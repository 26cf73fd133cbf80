using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>Treats nodes as equal if they compute the same thing from the same values.</summary>
internal sealed class SameComputation : IEqualityComparer<OnnxNode>
{
    public static SameComputation Instance { get; } = new();

    public bool Equals(OnnxNode? left, OnnxNode? right)
    {
        if (left is null || right is null || left.OpType != right.OpType || left.Domain != right.Domain) return false;
        if (left.Attributes.Count != right.Attributes.Count) return false;
        if (!left.Inputs.SequenceEqual(right.Inputs)) return false;
        for (int i = 0; i < left.Attributes.Count; i++)
        {
            if (!left.Attributes[i].Encoded.SequenceEqual(right.Attributes[i].Encoded)) return false;
        }

        return true;
    }

    public int GetHashCode(OnnxNode node)
    {
        var hash = new HashCode();
        hash.Add(node.OpType);
        for (int i = 0; i < node.Inputs.Count; i++) hash.Add(node.Inputs[i]);
        return hash.ToHashCode();
    }
}
