using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Combinations;

/// <summary>Random changes to the inputs, axes and outputs of an exported graph, and what they mean.</summary>
internal sealed class GraphForm(Random random, int labels)
{
    private static readonly string[][] Names =
    [
        ["input_ids", "input_word_ids", "ids", "tokens:0"], ["attention_mask", "input_mask", "mask", "serving_default_attention_mask:0"],
        ["token_type_ids", "segment_ids", "type_ids", "extra"],
    ];

    private static readonly TensorElementType[] Types =
        [TensorElementType.Int64, TensorElementType.Int32, TensorElementType.Float32, TensorElementType.Bool, TensorElementType.UInt16];

    private readonly List<string> _changes = [];

    /// <summary>The number of tokens that every text must have; null for any.</summary>
    public int? Columns { get; private set; }

    /// <summary>What the graph does to its logits; null for nothing.</summary>
    public ScoreFunction? Inside { get; private set; }

    public void Apply(OnnxGraph graph)
    {
        object[] dims = ChangeInputs(graph);
        if (Chance(5)) Bake(graph, dims);
        ChangeOutputs(graph);
        Shuffle(graph.Inputs);
        Shuffle(graph.Outputs);
    }

    public override string ToString() => string.Join("; ", _changes);

    private object[] ChangeInputs(OnnxGraph graph)
    {
        if (Chance(4))
        {
            bool keepsInput = Chance(2);
            IgnoreMask(graph, keepsInput);
            Say($"no mask, {(keepsInput ? "with" : "without")} the input");
        }

        if (Chance(4))
        {
            TakePositions(graph);
            Say("positions");
        }

        object[] dims = [Chance(4) ? random.NextInt64(1, 6) : "batch", Chance(4) ? 24L : "sequence"];
        foreach (string input in graph.Inputs.Select(input => input.Name).ToArray())
        {
            int kind = Array.FindIndex(Names, names => names[0] == input);
            string name = kind < 0 || Chance(2) ? input : Names[kind][random.Next(Chance(6) ? 4 : 3)];
            TensorElementType type = !Chance(4) ? TensorElementType.Int64
                : input == "attention_mask" ? Types[random.Next(4)] : Types[random.Next(Chance(4) ? 5 : 2)];
            object[]? declared = Chance(10) ? null : dims;
            Redeclare(graph, input, name, type, declared);
            if (declared is not null && dims[1] is long columns) Columns = (int)columns;
            Say($"{name} {type} [{(declared is null ? "" : string.Join(',', declared))}]");
        }

        if (Chance(5)) graph.Inputs.Add(DeclaredType.Of("labels", TensorElementType.Int64, ["batch"]));
        if (Chance(10)) graph.Inputs.Add(DeclaredType.Of("training", TensorElementType.Bool, []));
        if (Chance(30))
        {
            graph.Inputs.Add(DeclaredType.Of("visual", TensorElementType.Float32, ["batch", "sequence", 32L]));
            After(graph, Words(graph), value => Node("Add", [value, "visual"], ""));
            Say("another input that counts");
        }

        return dims;
    }

    /// <summary>Puts the shape of an example into the graph.</summary>
    private void Bake(OnnxGraph graph, object[] dims)
    {
        // Another number than a declared one would make an invalid graph.
        long rows = dims[0] is long || Chance(2) ? -1 : random.Next(1, 6);
        long columns = rows > 0 && Chance(2) ? -1 : 24;
        graph.Initializers.Add(Integers("shape_of_the_example", rows, columns, 32));
        After(graph, Words(graph), value => Node("Reshape", [value, "shape_of_the_example"], ""));
        if (columns > 0) Columns = (int)columns;
        Say($"baked {rows} x {columns}");
    }

    private void ChangeOutputs(OnnxGraph graph)
    {
        string name = random.Next(6) switch { 0 => "output_0", 1 => "probabilities", 2 => "scores", 3 => "Identity:0", _ => "logits" };
        string logits = graph.Outputs[0].Name, last = "logits_as_computed";
        int maker = graph.Nodes.FindIndex(node => node.Outputs.Contains(logits));
        graph.Nodes[maker] = graph.Nodes[maker] with { Outputs = [last] };
        Say(name);
        if (Chance(3))
        {
            Inside = labels == 1 || Chance(2) ? ScoreFunction.Sigmoid : ScoreFunction.Softmax;
            string function = Inside == ScoreFunction.Softmax && Chance(3) ? "LogSoftmax" : $"{Inside}";
            last = Append(graph, last, function);
        }

        bool isVector = labels == 1 && Chance(2);
        if (isVector)
        {
            graph.Initializers.Add(Integers("label_axis", 1));
            graph.Nodes.Add(Node("Squeeze", [last, "label_axis"], "one_label"));
            last = "one_label";
            Say("[batch]");
        }

        TensorElementType type = random.Next(4) switch { 0 => TensorElementType.Float64, 1 => TensorElementType.Float16, _ => TensorElementType.Float32 };
        Say($"{type}");
        graph.Nodes.Add(Node("Cast", [last], name, OnnxAttribute.Of("to", (long)type)));
        object[] dims = isVector ? ["batch"] : ["batch", Chance(4) ? "labels" : (long)labels];
        graph.Outputs[0] = DeclaredType.Of(name, type, dims);
        if (Chance(3))
        {
            graph.Outputs.Add(DeclaredType.Of(Words(graph), TensorElementType.Float32, ["b", "s", 32L]));
            Say("with hidden states");
        }

        if (!isVector && Chance(4))
        {
            graph.Nodes.Add(Node("ArgMax", [name], "label", OnnxAttribute.Of("axis", 1L), OnnxAttribute.Of("keepdims", 0L)));
            graph.Outputs.Add(DeclaredType.Of("label", TensorElementType.Int64, ["batch"]));
            Say("with the best label");
        }
    }

    private string Append(OnnxGraph graph, string value, string op)
    {
        graph.Nodes.Add(Node(op, [value], $"after_{op}", op == "Sigmoid" ? [] : [OnnxAttribute.Of("axis", -1L)]));
        Say(op);
        return $"after_{op}";
    }

    private void Shuffle<T>(List<T> values)
    {
        for (int i = values.Count; i > 1; i--)
        {
            int other = random.Next(i);
            (values[i - 1], values[other]) = (values[other], values[i - 1]);
        }
    }

    private void Say(string change) => _changes.Add(change);

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;
}
