using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Changes to an exported graph that leave its answers as they are: the forms in which people hand models over.</summary>
internal static class GraphEdit
{
    public static readonly object[] Dynamic = ["batch", "sequence"];

    /// <summary>Declares an input anew: with another name, type and shape.</summary>
    /// <param name="dims">Null to declare none.</param>
    public static void Redeclare(OnnxGraph graph, string input, string name, TensorElementType type, object[]? dims)
    {
        int at = graph.Inputs.FindIndex(value => value.Name == input);
        graph.Inputs[at] = DeclaredType.Of(name, type, dims);
        string inner = $"{input}_inner";
        ReadInstead(graph, input, inner);
        graph.Nodes.Insert(0, Node("Cast", [name], inner, OnnxAttribute.Of("to", (long)TensorElementType.Int64)));
    }

    /// <summary>Makes all nodes read another value.</summary>
    public static void ReadInstead(OnnxGraph graph, string value, string instead)
    {
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (!graph.Nodes[i].Inputs.Contains(value)) continue;
            graph.Nodes[i] = graph.Nodes[i] with { Inputs = [.. graph.Nodes[i].Inputs.Select(input => input == value ? instead : input)] };
        }
    }

    /// <summary>The model attends to all tokens, and perhaps still has an input for the mask.</summary>
    public static void IgnoreMask(OnnxGraph graph, bool keepInput)
    {
        ReadInstead(graph, "attention_mask", "all_ones");
        graph.Nodes.Insert(0, Node("Shape", ["input_ids"], "shape_of_ids"));
        OnnxTensor one = Integers("one_of_mask", 1);
        graph.Nodes.Insert(1, Node("ConstantOfShape", ["shape_of_ids"], "all_ones", OnnxAttribute.Of("value", one)));
        if (!keepInput) graph.Inputs.RemoveAll(value => value.Name == "attention_mask");
    }

    /// <summary>Positions are an input instead of the graph's own.</summary>
    public static void TakePositions(OnnxGraph graph)
    {
        int at = graph.Nodes.FindIndex(node => node.OpType == "Gather" && node.Inputs[0].Contains("position", StringComparison.Ordinal));
        graph.Nodes[at] = graph.Nodes[at] with { Inputs = [graph.Nodes[at].Inputs[0], "position_ids"] };
        graph.Inputs.Add(DeclaredType.Of("position_ids", TensorElementType.Int64, Dynamic));
    }

    /// <summary>Puts a node between a value and those who read it.</summary>
    public static void After(OnnxGraph graph, string value, Func<string, OnnxNode> node)
    {
        string moved = $"{value}_before_{graph.Nodes.Count}";
        int at = graph.Nodes.FindIndex(maker => maker.Outputs.Contains(value));
        graph.Nodes[at] = graph.Nodes[at] with { Outputs = [.. graph.Nodes[at].Outputs.Select(output => output == value ? moved : output)] };
        OnnxNode added = node(moved);
        graph.Nodes.Insert(at + 1, added with { Outputs = [value] });
    }

    /// <summary>The output of the word embeddings.</summary>
    public static string Words(OnnxGraph graph) =>
        graph.Nodes.Single(node => node.OpType == "Gather" && node.Inputs[0].Contains("word", StringComparison.Ordinal)).Outputs[0];

    public static OnnxNode Node(string op, string[] inputs, string output, params OnnxAttribute[] attributes) =>
        new() { OpType = op, Name = output, Inputs = inputs, Outputs = [output], Attributes = attributes };

    public static OnnxTensor Integers(string name, params long[] elements) => new()
    {
        Name = name, ElementType = TensorElementType.Int64, Dims = [elements.Length], RawData = MemoryMarshal.AsBytes(elements.AsSpan()).ToArray(),
    };
}
