using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>MatMulIntegerToFloat: the products of dynamically quantized models, with the cast, the scales and the bias that follow.</summary>
internal static class QuantizedMatMulMatcher
{
    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) => graph.FuseEach(node => TryFuse(graph, node), "MatMulInteger");

    private static bool TryFuse(FusionGraph graph, OnnxNode product)
    {
        if (product.Inputs.Count is not (3 or 4)) return false;
        if (graph.Producer(product.Inputs[0], "DynamicQuantizeLinear") is not { Outputs: [var quantized, var scale, var zeroPoint] }) return false;
        if (product.Inputs[0] != quantized || product.Inputs[2] != zeroPoint) return false;
        if (graph.Constant(product.Inputs[1]) is not { Dims: [_, var columns], ElementType: TensorElementType.Int8 or TensorElementType.UInt8 }) return false;
        if (graph.OnlyConsumer(product.Outputs[0], "Cast") is not { } cast || cast.Attribute("to")?.Integer != (long)TensorElementType.Float32) return false;
        if (graph.OnlyConsumer(cast.Outputs[0], "Mul") is not { } scaling || Operands.Other(scaling, cast.Outputs[0]) is not { } scales) return false;
        if (graph.Producer(scales, "Mul") is not { } both || Operands.Other(both, scale) is not { } weightScale) return false;
        if (!IsPerWeightOrColumn(graph, weightScale, columns)) return false;
        string weightZeroPoint = product.Inputs.Count > 3 ? product.Inputs[3] : "";
        if (weightZeroPoint.Length > 0 && !IsPerWeightOrColumn(graph, weightZeroPoint, columns)) return false;
        string result = scaling.Outputs[0], bias = "";
        if (graph.OnlyConsumer(result, "Add") is { } add && Operands.Other(add, result) is { } vector && graph.IsVector(vector, Dim.Of(columns)))
            (result, bias) = (add.Outputs[0], vector);
        string[] inputs = [quantized, product.Inputs[1], scale, weightScale, zeroPoint, weightZeroPoint, bias];
        graph.Replace(result, new OnnxNode
        {
            Name = product.Name, Domain = FusionGraph.Microsoft, OpType = "MatMulIntegerToFloat", Outputs = [result],
            Inputs = inputs[..(Array.FindLastIndex(inputs, input => input.Length > 0) + 1)],
        });
        return true;
    }

    private static bool IsPerWeightOrColumn(FusionGraph graph, string value, long columns) =>
        graph.Constant(value)?.Dims is { } dims && (dims is [] or [1] || (dims is [var count] && count == columns));
}
