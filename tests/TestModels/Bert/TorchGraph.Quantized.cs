using Thaw.TestModels.Format;

namespace Thaw.TestModels.Bert;

/// <summary>
/// Nodes of quantize_dynamic in onnxruntime.quantization (operators/matmul.py, operators/gather.py), with its names: an activation
/// becomes uint8 when it is used, with its own scale in each run, and the product of integers becomes float32 again.
/// </summary>
internal sealed partial class TorchGraph
{
    private readonly HashSet<string> _quantized = [];

    /// <summary>Names of a quantized weight's three tensors.</summary>
    public static (string Values, string Scale, string ZeroPoint) QuantizedNames(string weight) =>
        ($"{weight}_quantized", $"{weight}_scale", $"{weight}_zero_point");

    private string IntegerMatMul(string scope, string input, string weight)
    {
        (string quantized, string inputScale, string inputZero) = QuantizedNames(input);
        // Query, key and value have one input, which is quantized once.
        if (_quantized.Add(input))
            graph.Node($"{input}_QuantizeLinear", "DynamicQuantizeLinear", "", [input], [quantized, inputScale, inputZero]);

        (string weightValues, string weightScale, string weightZero) = QuantizedNames(weight);
        string name = NameFor(scope, "MatMul");
        string output = $"{name}_output_0";
        string integers = $"{output}_output_quantized";
        graph.Node($"{name}_quant", "MatMulInteger", "", [quantized, weightValues, inputZero, weightZero], [integers]);
        graph.Node($"{integers}_cast", "Cast", "", [integers], [$"{integers}_cast_output"], ("to", (long)OnnxType.Float));
        graph.Node($"{name}_quant_scales_mul", "Mul", "", [inputScale, weightScale], [$"{name}_quant_scales_mul:0"]);
        return graph.Node($"{name}_quant_output_scale_mul", "Mul", "", [$"{integers}_cast_output", $"{name}_quant_scales_mul:0"], [output]);
    }

    private string IntegerGather(string scope, string table, string indices)
    {
        (string values, string scale, string zero) = QuantizedNames(table);
        string name = NameFor(scope, "Gather");
        string output = $"{name}_output_0";
        graph.Node(name, "Gather", "", [values, indices], [$"{output}_quantized"]);
        return graph.Node($"{output}_DequantizeLinear", "DequantizeLinear", "", [$"{output}_quantized", scale, zero], [output]);
    }
}
