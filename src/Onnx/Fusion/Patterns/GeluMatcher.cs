using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Gelu, 0.5 x (1 + erf(x / sqrt 2)), and its approximation with tanh, in any order of factors; together with a bias added before it.</summary>
internal static class GeluMatcher
{
    // Relative. Exporters write float32 constants, some of them computed in float32; or the nearest float16 or bfloat16, of two that are multiplied.
    private const double Float32Tolerance = 1e-5, Float16Tolerance = 1.0 / (1 << 10), BFloat16Tolerance = 1.0 / (1 << 7);

    // The function, the sum and the products with x and 0.5 are four nodes; a chain twice as long is something else.
    private const int MostNodes = 8;

    private static readonly double[] InErf = [0, 1 / Math.Sqrt(2), 0, 0];
    private static readonly double[] InTanh = [0, Math.Sqrt(2 / Math.PI), 0, 0.044715 * Math.Sqrt(2 / Math.PI)];

    /// <returns>How many it fused.</returns>
    public static int Apply(FusionGraph graph) =>
        graph.FuseEach(node => node.OpType == "Gelu" ? TryTakeBias(graph, node) : TryFuse(graph, node), "Erf", "Tanh", "Gelu");

    private static bool TryFuse(FusionGraph graph, OnnxNode function)
    {
        if (graph.OnlyConsumer(function.Outputs[0], "Add") is not { } plusOne || Operands.WithNumber(graph, plusOne) is not { Number: 1 }) return false;
        List<OnnxNode> inner = [function, plusOne];
        OnnxNode last = plusOne;
        double factor = 1;
        string? x = null;
        // The factors 0.5 and x come in any order, and may have been multiplied with each other first.
        while (x is null || !IsNear(factor, 0.5, Float32Tolerance))
        {
            if (inner.Count > MostNodes || graph.OnlyConsumer(last.Outputs[0], "Mul") is not { } product) return false;
            if (Operands.Other(product, last.Outputs[0]) is not { } other) return false;
            inner.Add(product);
            last = product;
            if (graph.Facts[other]?.Number is { } number)
            {
                factor *= number;
            }
            else if (x is not null)
            {
                return false;
            }
            else if (graph.Producer(other, "Mul") is { } half && Operands.WithNumber(graph, half) is { } operands && graph.IsReadOnlyBy(other, product))
            {
                inner.Add(half);
                factor *= operands.Number;
                x = operands.Value;
            }
            else
            {
                x = other;
            }
        }

        double tolerance = graph.Source.NumberType switch
        {
            TensorElementType.Float16 => Float16Tolerance,
            TensorElementType.BFloat16 => BFloat16Tolerance,
            _ => Float32Tolerance,
        };
        bool isErf = function.OpType == "Erf";
        List<OnnxNode> polynomial = [];
        if (new Polynomial(graph, x, polynomial).Read(function.Inputs[0]) is not { } coefficients) return false;
        if (!coefficients.Zip(isErf ? InErf : InTanh, (actual, expected) => IsNear(actual, expected, tolerance)).All(near => near)) return false;
        inner.AddRange(polynomial);
        string result = last.Outputs[0];
        if (graph.Facts[x] is not { Type: TensorElementType.Float32, Rank: > 0 } facts || graph.Facts[result]?.HasShapeOf(facts) != true) return false;
        if (!inner.TrueForAll(node => node == last || graph.IsReadOnlyBy(node.Outputs[0], inner.ToArray()))) return false;
        Emit(graph, isErf, x, result, last.Name, [.. inner]);
        return true;
    }

    /// <summary>Fuses a bias into the Gelu operator of opset 20, which has none.</summary>
    private static bool TryTakeBias(FusionGraph graph, OnnxNode gelu)
    {
        string approximation = gelu.Attribute("approximate")?.Text ?? "none";
        if (approximation is not ("none" or "tanh")) return false;
        if (Operands.Biased(graph, gelu.Inputs[0]) is null || !graph.IsReadOnlyBy(gelu.Inputs[0], gelu)) return false;
        Emit(graph, approximation == "none", gelu.Inputs[0], gelu.Outputs[0], gelu.Name, [gelu]);
        return true;
    }

    private static void Emit(FusionGraph graph, bool isErf, string x, string result, string name, OnnxNode[] inner)
    {
        (string Value, string Bias)? biased = graph.IsReadOnlyBy(x, inner) ? Operands.Biased(graph, x) : null;
        graph.Replace(result, new OnnxNode
        {
            Name = name, Domain = FusionGraph.Microsoft, OpType = !isErf ? "FastGelu" : biased is null ? "Gelu" : "BiasGelu",
            Inputs = biased is { } split ? [split.Value, split.Bias] : [x], Outputs = [result],
        });
    }

    private static bool IsNear(double actual, double expected, double tolerance) => Math.Abs(actual - expected) <= tolerance * Math.Abs(expected);
}
