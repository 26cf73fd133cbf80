using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>Reads Constant nodes, which store their value in one of several attributes.</summary>
internal static class ConstantNode
{
    /// <summary>The node's value, named as its output; null for other nodes, and for text and sparse tensors.</summary>
    /// <exception cref="ModelFormatException">It is in another file, of which only initializers are mapped.</exception>
    public static OnnxTensor? Read(OnnxNode node)
    {
        if (node.OpType != "Constant" || !node.IsStandard || node.Outputs is not [{ Length: > 0 } name] || node.Attributes is not [var value]) return null;
        return value.Name switch
        {
            "value" when value.Tensor?.Location is not null => throw new ModelFormatException($"the elements of the constant {name} are external data"),
            "value" => value.Tensor is { } tensor ? tensor with { Name = name } : null,
            "value_int" => Tensor<long>(name, TensorElementType.Int64, [value.Integer]),
            "value_ints" => Tensor<long>(name, TensorElementType.Int64, [.. value.Integers], value.Integers.Count),
            "value_float" => Tensor<float>(name, TensorElementType.Float32, [value.Float]),
            "value_floats" => Tensor<float>(name, TensorElementType.Float32, [.. value.Floats], value.Floats.Count),
            _ => null,
        };
    }

    private static OnnxTensor Tensor<T>(string name, TensorElementType type, ReadOnlySpan<T> elements, params long[] dims) where T : unmanaged =>
        new() { Name = name, ElementType = type, Dims = dims, RawData = MemoryMarshal.AsBytes(elements).ToArray() };
}
