using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Preparing;

namespace Thaw.Onnx.Architectures;

/// <summary>Finds the outputs whose last dimension is the number of rows or columns of a last product's weight, as of a classifier: models of one
/// architecture may differ in it.</summary>
internal sealed class LabelDimensions
{
    private readonly Dictionary<int, (int Output, int Dimension)> _slots = [];
    private readonly string?[] _names;
    private readonly int[] _slotOfOutput;

    /// <param name="slots">Names of the weights that become inputs.</param>
    public LabelDimensions(OnnxGraph graph, WeightReaders readers, IReadOnlyList<string> slots)
    {
        _names = new string?[graph.Outputs.Count];
        _slotOfOutput = new int[graph.Outputs.Count];
        Array.Fill(_slotOfOutput, -1);
        Dictionary<string, OnnxTensor> tensors = graph.Initializers.ToDictionary(tensor => tensor.Name);
        Dictionary<string, int> positions = [];
        for (int i = 0; i < slots.Count; i++) positions.Add(slots[i], i);
        for (int output = 0; output < graph.Outputs.Count; output++)
        {
            if (Last(graph, graph.Outputs[output].Name) is not { } found) continue;
            if (!IsFree(found.Weight, out int weight) || tensors[found.Weight].Dims.Count != 2) continue;
            long labels = tensors[found.Weight].Dims[found.Dimension];
            int bias = -1;
            if (found.Bias is { } name && (!IsFree(name, out bias) || !tensors[name].Dims.SequenceEqual([labels]))) continue;
            _names[output] = $"labels:{output}";
            _slotOfOutput[output] = weight;
            _slots[weight] = (output, found.Dimension);
            if (bias >= 0) _slots[bias] = (output, 0);
        }

        bool IsFree(string name, out int slot) =>
            positions.TryGetValue(name, out slot) && !_slots.ContainsKey(slot) && readers.OnlyReaders(name) is { Count: 1 };
    }

    /// <summary>For each output, the name of its last dimension; null if all models of the architecture have the same number there.</summary>
    public IReadOnlyList<string?> Names => _names;

    /// <summary>For each output, the weight that has its last dimension; -1 if there is none.</summary>
    public IReadOnlyList<int> SlotsOfOutputs => _slotOfOutput;

    /// <summary>The dimension of a weight that is a number of labels; -1 if there is none.</summary>
    public int DimensionOf(int slot) => _slots.TryGetValue(slot, out (int Output, int Dimension) found) ? found.Dimension : -1;

    public string? NameOf(int slot) => _slots.TryGetValue(slot, out (int Output, int Dimension) found) ? _names[found.Output] : null;

    /// <summary>The product that makes an output, and the bias that is added to it.</summary>
    private static (string Weight, int Dimension, string? Bias)? Last(OnnxGraph graph, string output)
    {
        if (Producer(graph, output) is not { } node) return null;
        if (node is { IsStandard: true, OpType: "Add", Inputs.Count: 2 })
        {
            for (int side = 0; side < 2; side++)
            {
                if (Producer(graph, node.Inputs[side]) is { } product && Product(product) is { Bias: null } found && IsReadOnce(graph, node.Inputs[side]))
                    return found with { Bias = node.Inputs[1 - side] };
            }
        }

        return Product(node);
    }

    private static (string Weight, int Dimension, string? Bias)? Product(OnnxNode node)
    {
        if (node.Inputs.Count < 2) return null;
        bool isTransposed = node.Attribute("transB")?.Integer is 1;
        return (node.IsStandard ? "" : node.Domain, node.OpType) switch
        {
            ("", "MatMul") or (FusionGraph.Microsoft, "FusedMatMul") => (node.Inputs[1], isTransposed ? 0 : 1, null),
            ("", "Gemm") => (node.Inputs[1], isTransposed ? 0 : 1, node.Inputs.Count > 2 && node.Inputs[2].Length > 0 ? node.Inputs[2] : null),
            _ => null,
        };
    }

    private static OnnxNode? Producer(OnnxGraph graph, string value) => graph.Nodes.Find(node => node.Outputs.Contains(value));

    private static bool IsReadOnce(OnnxGraph graph, string value) =>
        graph.Nodes.Sum(node => node.Inputs.Count(input => input == value)) == 1 && !graph.Outputs.Exists(output => output.Name == value);
}
