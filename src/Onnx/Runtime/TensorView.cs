using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// One input of a run: a tensor in the caller's memory at <paramref name="Address"/>, which must neither move nor be freed before the run returns.
/// For <see cref="TensorElementType.String"/> it is an array of pointers to zero-terminated UTF-8 texts.
/// </summary>
/// <param name="InputIndex">Position in <see cref="OrtSession.Inputs"/>.</param>
public readonly record struct TensorView(int InputIndex, nint Address, TensorElementType ElementType, TensorShape Shape)
{
    /// <summary>Bytes of its elements.</summary>
    /// <exception cref="NotSupportedException">The elements have no fixed size.</exception>
    public long ByteLength => checked(Shape.ElementCount * ElementType switch
    {
        TensorElementType.Bool or TensorElementType.Int8 or TensorElementType.UInt8 => 1,
        TensorElementType.Int16 or TensorElementType.UInt16 or TensorElementType.Float16 or TensorElementType.BFloat16 => 2,
        TensorElementType.Int32 or TensorElementType.UInt32 or TensorElementType.Float32 => 4,
        TensorElementType.Int64 or TensorElementType.UInt64 or TensorElementType.Float64 or TensorElementType.Complex64 => 8,
        TensorElementType.Complex128 => 16,
        _ => throw new NotSupportedException($"Elements of type {ElementType} have no fixed size."),
    });
}
