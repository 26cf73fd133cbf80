using System.Runtime.InteropServices;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.Onnx.Format;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Changes a graph slightly, in the same way for the same seed: into one that may be valid but means something else.</summary>
internal sealed class GraphMutator(int seed)
{
    private readonly Random _random = new(seed);
    private int _count;

    public void Mutate(OnnxModelFile model)
    {
        for (int changes = _random.Next(1, 4); changes > 0; changes--) MutateOnce(model);
    }

    public void MutateOnce(OnnxModelFile model) => Mutate(model.Graph, model.Opsets);

    private void Mutate(OnnxGraph graph, List<OpsetImport> opsets)
    {
        int at = _random.Next(graph.Nodes.Count);
        OnnxNode node = graph.Nodes[at];
        switch (_random.Next(13))
        {
            case 0 or 1:
                ChangeConstant(graph);
                break;
            case 2 or 3:
                ChangeAttribute(graph);
                break;
            case 4 when node.Inputs.Count > 0:
                Redirect(graph, node.Outputs[0], Any(node.Inputs), from: at);
                break;
            case 5 when node.Inputs.Count > 0:
                SetInput(graph, at, AnyValue(graph, at));
                break;
            case 6 when node.Inputs.Count > 1:
                graph.Nodes[at] = node with { Inputs = [node.Inputs[1], node.Inputs[0], .. node.Inputs.Skip(2)] };
                break;
            case 7:
                AddOutput(graph, node.Outputs[0]);
                break;
            case 8:
                string copy = $"mutation_{_count++}";
                graph.Nodes.Insert(at + 1, SmallModel.Node(Any(["Neg", "Relu", "Identity", "Shape", "Abs"]), [node.Outputs[0]], [copy]));
                AddOutput(graph, copy);
                break;
            case 9:
                Rename(graph, node.Outputs[0]);
                break;
            case 10:
                InsertBehind(graph, at);
                break;
            case 11:
                ExchangeInitializer(graph);
                break;
            case 12 when _random.Next(4) == 0:
                opsets[0] = OpsetImport.Of("", opsets[0].Version + _random.Next(-2, 3));
                break;
        }
    }

    private T Any<T>(IReadOnlyList<T> values) => values[_random.Next(values.Count)];

    private string AnyValue(OnnxGraph graph, int before) => _random.Next(4) switch
    {
        0 => Any(graph.Initializers).Name,
        1 => Any(graph.Inputs).Name,
        _ => before == 0 ? Any(graph.Inputs).Name : graph.Nodes[Math.Max(0, before - 1 - _random.Next(Math.Min(before, 20)))].Outputs[0],
    };

    private void SetInput(OnnxGraph graph, int at, string value)
    {
        string[] inputs = [.. graph.Nodes[at].Inputs];
        inputs[_random.Next(inputs.Length)] = value;
        graph.Nodes[at] = graph.Nodes[at] with { Inputs = inputs };
    }

    private static void Redirect(OnnxGraph graph, string value, string instead, int from)
    {
        for (int i = from + 1; i < graph.Nodes.Count; i++)
        {
            OnnxNode node = graph.Nodes[i];
            if (node.Inputs.Contains(value)) graph.Nodes[i] = node with { Inputs = [.. node.Inputs.Select(input => input == value ? instead : input)] };
        }
    }

    private static void AddOutput(OnnxGraph graph, string value)
    {
        if (graph.Outputs.Exists(output => output.Name == value)) return;
        var writer = new ProtoWriter();
        writer.Text(1, value);
        graph.Outputs.Add(OnnxValue.Parse(writer.Written));
    }

    private void Rename(OnnxGraph graph, string value)
    {
        if (graph.Outputs.Exists(output => output.Name == value)) return;
        string name = _random.Next(2) == 0 ? $"thaw/mask_{_random.Next(20)}" : $"renamed_{_count++}";
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            OnnxNode node = graph.Nodes[i];
            graph.Nodes[i] = node with { Inputs = Renamed(node.Inputs), Outputs = Renamed(node.Outputs) };
        }

        string[] Renamed(IReadOnlyList<string> names) => [.. names.Select(other => other == value ? name : other)];
    }

    private void InsertBehind(OnnxGraph graph, int at)
    {
        string value = graph.Nodes[at].Outputs[0], changed = $"mutation_{_count++}";
        Redirect(graph, value, changed, at);
        OnnxTensor number = SmallModel.Tensor($"mutation_{_count++}", TensorElementType.Float32, [Any([0f, 1, 0.5f, 2, -1])]);
        graph.Initializers.Add(number);
        OnnxNode node = _random.Next(5) switch
        {
            0 => SmallModel.Node("Mul", [value, number.Name], [changed]),
            1 => SmallModel.Node("Add", [number.Name, value], [changed]),
            2 => SmallModel.Node(
                "Transpose", [value], [changed],
                OnnxAttribute.Of("perm", Any<long[]>([[0, 2, 1, 3], [0, 1, 3, 2], [0, 2, 1], [1, 0, 2], [0, 1, 2]]))),
            3 => SmallModel.Node("Identity", [value], [changed]),
            _ => SmallModel.Node(Any(["Neg", "Relu", "Tanh", "Exp"]), [value], [changed]),
        };
        graph.Nodes.Insert(at + 1, node);
    }

    private void ExchangeInitializer(OnnxGraph graph)
    {
        int at = _random.Next(graph.Initializers.Count);
        OnnxTensor tensor = graph.Initializers[at];
        if (_random.Next(2) == 0)
        {
            long count = tensor.Dims.Aggregate(1L, (a, b) => a * b);
            long[] dims = Any<long[]>([[1, .. tensor.Dims], [.. tensor.Dims, 1], [.. tensor.Dims.Reverse()], [count]]);
            graph.Initializers[at] = tensor with { Dims = dims };
            return;
        }

        string other = Any([.. graph.Initializers.Where(candidate => candidate.Dims.SequenceEqual(tensor.Dims))]).Name;
        Redirect(graph, tensor.Name, other, from: -1);
    }

    private void ChangeConstant(OnnxGraph graph)
    {
        int[] constants = [.. Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].OpType == "Constant")];
        if (constants.Length == 0) return;
        int at = Any(constants);
        OnnxNode node = graph.Nodes[at];
        if (node.Attribute("value")?.Tensor is not { RawData: { } raw } tensor) return;
        byte[] data = raw.ToArray();
        if (data.Length == 0) return;
        if (tensor.ElementType == TensorElementType.Float32)
        {
            Span<float> numbers = MemoryMarshal.Cast<byte, float>(data.AsSpan());
            float old = numbers[_random.Next(numbers.Length)];
            numbers[_random.Next(numbers.Length)] = Any(
                [old * 2, old + 1, -old, 0, 1, old * 1.001f, old * 0.5f, -10, -1000, -1e9f, float.NegativeInfinity, 1e-5f]);
        }
        else if (tensor.ElementType == TensorElementType.Int64)
        {
            Span<long> numbers = MemoryMarshal.Cast<byte, long>(data.AsSpan());
            int index = _random.Next(numbers.Length);
            numbers[index] = Any([numbers[index] + 1, numbers[index] - 1, numbers[index] * 2, numbers[index] / 2, 0, 1, -1, -2, 2, 3]);
        }

        long[] dims = _random.Next(6) == 0 && data.Length <= sizeof(long) ? Any<long[]>([[], [1], [1, 1], [1, 1, 1, 1, 1]]) : [.. tensor.Dims];
        graph.Nodes[at] = node with { Attributes = [OnnxAttribute.Of("value", tensor with { RawData = data, Dims = dims })] };
    }

    private void ChangeAttribute(OnnxGraph graph)
    {
        int[] candidates = [.. Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].OpType != "Constant" && graph.Nodes[i].Attributes.Count > 0)];
        if (candidates.Length == 0) return;
        int at = Any(candidates);
        OnnxNode node = graph.Nodes[at];
        OnnxAttribute[] attributes = [.. node.Attributes];
        int index = _random.Next(attributes.Length);
        OnnxAttribute old = attributes[index];
        if (_random.Next(5) == 0)
        {
            graph.Nodes[at] = node with { Attributes = [.. attributes.Where(attribute => attribute != old)] };
            return;
        }

        if (old.Type == AttributeType.Integer) attributes[index] = OnnxAttribute.Of(old.Name, Any([old.Integer + 1, old.Integer - 1, -old.Integer, 0, 1]));
        else if (old.Type == AttributeType.Float) attributes[index] = OnnxAttribute.Of(old.Name, Any([old.Float * 2, old.Float + 1, 0, 1e-5f]));
        else if (old.Type == AttributeType.Integers && old.Integers.Count > 0) attributes[index] = OnnxAttribute.Of(old.Name, Shuffled(old.Integers));
        graph.Nodes[at] = node with { Attributes = attributes };
    }

    private long[] Shuffled(IReadOnlyList<long> values)
    {
        long[] shuffled = [.. values];
        if (shuffled.Length == 1) shuffled[0] = Any([0L, 1, 2, -1, -2]);
        else _random.Shuffle(shuffled);
        return shuffled;
    }
}
