using System.Text.RegularExpressions;
using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// Nodes named as torch.onnx.export names them since PyTorch 1.13: "/scope/Op", "/scope/Op_1" and so on, with the module's
/// path as the scope and "..._output_0" as the value.
/// </summary>
internal sealed partial class TorchGraph(GraphBuilder graph, bool quantized)
{
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>The scope of a module: "bert.encoder.layer.0" is "/bert/encoder/layer.0", because an index is not a module.</summary>
    public static string Scope(string module) => "/" + ModuleDot().Replace(module, "/");

    public string Add(string scope, string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = NameFor(scope, op);
        return graph.Node(name, op, "", inputs, [$"{name}_output_0"], attributes);
    }

    /// <summary>A node whose value is one of the graph's outputs.</summary>
    public string AddOutput(string output, string scope, string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        graph.Node(NameFor(scope, op), op, "", inputs, [output], attributes);

    public string Constant(string scope, SmallTensor value) => Add(scope, "Constant", [], ("value", value));

    /// <summary>
    /// The axes of an Unsqueeze that stacks a number into a shape. The exporter makes these outside of any scope, so they
    /// are named after a running number and their consumer.
    /// </summary>
    public string UnscopedAxes()
    {
        string name = $"Constant_{graph.NodeCount}";
        return graph.Node(name, "Constant", "", [], [$"onnx::Unsqueeze_{graph.NodeCount + 50}"], ("value", SmallTensor.Vector(0L)));
    }

    /// <summary>One dimension of a value as a scalar: x.size(dim).</summary>
    public string Size(string scope, string value, long dim)
    {
        string shape = Add(scope, "Shape", [value]);
        return Add(scope, "Gather", [shape, Constant(scope, SmallTensor.Scalar(dim))], ("axis", 0L));
    }

    /// <summary>A scalar as a shape's element [1], within a list of sizes.</summary>
    public string Element(string scope, string scalar)
    {
        string axes = UnscopedAxes();
        return Add(scope, "Unsqueeze", [scalar, axes]);
    }

    /// <summary>A Linear of any rank, which the exporter turns into MatMul with the transposed weight, and Add.</summary>
    public string Dense(Linear linear, string input, string transposedWeight)
    {
        string scope = Scope(linear.Module);
        string product = quantized ? IntegerMatMul(scope, input, transposedWeight) : Add(scope, "MatMul", [input, transposedWeight]);
        return Add(scope, "Add", [linear.Bias.Name, product]);
    }

    /// <summary>A row of the table for each index.</summary>
    public string Embedding(string scope, Weight table, string indices) =>
        quantized ? IntegerGather(scope, table.Name, indices) : Add(scope, "Gather", [table.Name, indices]);

    private string NameFor(string scope, string op)
    {
        string name = $"{scope}/{op}";
        int count = _counts.GetValueOrDefault(name);
        _counts[name] = count + 1;
        return count == 0 ? name : $"{name}_{count}";
    }

    [GeneratedRegex(@"\.(?!\d)")]
    private static partial Regex ModuleDot();
}
