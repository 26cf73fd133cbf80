using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>Reads a polynomial in one value, of degree 3 at most, from the nodes that compute it.</summary>
/// <param name="x">Name of the value.</param>
/// <param name="visited">Receives the nodes.</param>
internal sealed class Polynomial(FusionGraph graph, string x, List<OnnxNode> visited)
{
    private const int Degree = 3;
    private const int Deepest = 10;
    private const int MostNodes = 32;

    /// <summary>Its coefficients, that of the constant first; null if it is not such a polynomial.</summary>
    public double[]? Read(string value) => Read(value, 0);

    private double[]? Read(string value, int depth)
    {
        if (value == x) return [0, 1, 0, 0];
        if (graph.Facts[value]?.Number is { } number) return [number, 0, 0, 0];
        if (depth == Deepest || visited.Count > MostNodes || graph.Producer(value, "Mul", "Div", "Add", "Pow") is not { Inputs.Count: 2 } node) return null;
        if (Read(node.Inputs[0], depth + 1) is not { } left || Read(node.Inputs[1], depth + 1) is not { } right) return null;
        visited.Add(node);
        bool isConstant = right is [_, 0, 0, 0];
        return node.OpType switch
        {
            "Add" => [.. left.Zip(right, (a, b) => a + b)],
            "Mul" => Multiply(left, right),
            "Div" => isConstant && right[0] != 0 ? Array.ConvertAll(left, coefficient => coefficient / right[0]) : null,
            _ => isConstant && right[0] is 2 or 3 ? Power(left, (int)right[0]) : null,
        };
    }

    private static double[]? Power(double[] value, int exponent)
    {
        double[]? power = value;
        for (int i = 1; i < exponent && power is not null; i++) power = Multiply(power, value);
        return power;
    }

    private static double[]? Multiply(double[] left, double[] right)
    {
        var product = new double[Degree + 1];
        for (int i = 0; i <= Degree; i++)
        {
            for (int j = 0; j <= Degree; j++)
            {
                double term = left[i] * right[j];
                if (term == 0) continue;
                if (i + j > Degree) return null;
                product[i + j] += term;
            }
        }

        return product;
    }
}
