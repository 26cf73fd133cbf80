using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>An input of a model.</summary>
/// <param name="Index">Position among the session's inputs.</param>
/// <param name="Shape">Its declared dimensions; -1 for one that can differ from run to run. Empty if it declares none.</param>
internal sealed record TextInput(int Index, InputRole Role, TensorElementType ElementType, IReadOnlyList<long> Shape)
{
    /// <summary>The shape that it has in a run.</summary>
    public TensorShape ShapeOf(int rows, int columns)
    {
        if (Role != InputRole.Unused) return new TensorShape(rows, columns);
        Span<long> dimensions = stackalloc long[Shape.Count];
        for (int i = 0; i < dimensions.Length; i++) dimensions[i] = Shape[i] >= 0 ? Shape[i] : i switch { 0 => rows, 1 => columns, _ => 1 };
        return new TensorShape(dimensions);
    }
}
