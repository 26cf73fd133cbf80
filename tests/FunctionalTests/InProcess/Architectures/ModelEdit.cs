using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Changes that make another model of the same, or of nearly the same, architecture.</summary>
internal static class ModelEdit
{
    // Shorter tensors are shapes and constants.
    private const int ShortestWeight = 16;

    /// <summary>Writes a changed copy of a model. <paramref name="to"/> may be the same file.</summary>
    public static void Write(string from, string to, Action<OnnxModelFile> edit)
    {
        byte[] changed;
        using (OnnxModelFile model = OnnxModelFile.Open(from, smallestMapped: long.MaxValue))
        {
            edit(model);
            changed = model.Write(ownFile: null).ToArray();
        }

        File.WriteAllBytes(to, changed);
    }

    /// <summary>The same graph with quite other weights.</summary>
    public static void ReverseWeights(OnnxModelFile model)
    {
        List<OnnxTensor> tensors = model.Graph.Initializers;
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i] is not { ElementType: TensorElementType.Float32, RawData: { } raw } || raw.Length < ShortestWeight * sizeof(float)) continue;
            byte[] data = raw.ToArray();
            MemoryMarshal.Cast<byte, float>(data.AsSpan()).Reverse();
            tensors[i] = tensors[i] with { RawData = data };
        }
    }

    /// <summary>Gives every constant and every attribute of this value another one.</summary>
    public static Action<OnnxModelFile> ReplaceNumber(float from, float to) => model =>
    {
        int count = 0;
        List<OnnxNode> nodes = model.Graph.Nodes;
        for (int i = 0; i < nodes.Count; i++)
        {
            OnnxAttribute[] attributes = [.. nodes[i].Attributes.Select(Replace)];
            if (!attributes.SequenceEqual(nodes[i].Attributes)) nodes[i] = nodes[i] with { Attributes = attributes };
        }

        Assert.True(count > 0, $"no node has the number {from}");

        OnnxAttribute Replace(OnnxAttribute attribute)
        {
            if (attribute.Type == AttributeType.Float && attribute.Float == from)
            {
                count++;
                return OnnxAttribute.Of(attribute.Name, to);
            }

            if (attribute.Tensor is not { ElementType: TensorElementType.Float32, RawData: { Length: sizeof(float) } raw } tensor) return attribute;
            if (MemoryMarshal.Read<float>(raw.Span) != from) return attribute;
            count++;
            return OnnxAttribute.Of(attribute.Name, tensor with { RawData = BitConverter.GetBytes(to) });
        }
    };

    /// <summary>Makes initializers of the graph's Constant nodes: what was part of the structure is then elements of a tensor.</summary>
    public static void LiftConstants(OnnxModelFile model)
    {
        foreach (OnnxNode node in model.Graph.Nodes.Where(node => node.OpType == "Constant").ToArray())
        {
            if (node.Attribute("value")?.Tensor is not { RawData: not null } tensor) continue;
            model.Graph.Nodes.Remove(node);
            model.Graph.Initializers.Add(tensor with { Name = node.Outputs[0] });
        }
    }
}
