using Thaw.Onnx.Format;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.Models;

/// <summary>The models that tests start from.</summary>
internal static class SmallModels
{
    /// <summary>Embeddings of the ids, and a matrix behind them.</summary>
    public static SmallModel Small { get; } = new()
    {
        Nodes =
        [
            Node("Gather", ["table", "x"], ["rows"]), Node("MatMul", ["rows", "matrix"], ["product"]), Node("Add", ["product", "bias"], ["y"]),
        ],
        Initializers = [Floats("table", 8, 16), Floats("matrix", 16, 24), Floats("bias", 24)],
    };

    /// <summary>Weights of several types, shapes and forms.</summary>
    public static SmallModel Various { get; } = new()
    {
        Nodes =
        [
            Node("Gather", ["halves", "x"], ["h"]), Node("Cast", ["h"], ["a"], OnnxAttribute.Of("to", 1L)),
            Node("Gather", ["bytes", "x"], ["b8"]), Node("Cast", ["b8"], ["b"], OnnxAttribute.Of("to", 1L)),
            Node("Add", ["a", "b"], ["sum"]), Node("Reshape", ["sum", "shape"], ["flat"]),
            Node("MatMul", ["flat", "matrix"], ["m"]), Node("Mul", ["m", "scale"], ["y"]),
        ],
        Initializers =
        [
            Tensor<Half>("halves", TensorElementType.Float16, [.. Enumerable.Range(0, 64).Select(i => (Half)(i / 8.0))], 8, 8),
            Tensor<sbyte>("bytes", TensorElementType.Int8, [.. Enumerable.Range(-32, 64).Select(i => (sbyte)i)], 8, 8),
            Tensor<long>("shape", TensorElementType.Int64, [-1, 8], 2), Floats("matrix", 8, 16), Floats("scale", 16),
        ],
    };
}
