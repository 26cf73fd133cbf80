using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Tasks;

/// <summary>Finds out what the inputs of a model are for.</summary>
/// <param name="file">The model file's name, for messages.</param>
/// <param name="traits">What the graph says; null if that is not known.</param>
internal sealed class InputFinder(string file, GraphTraits? traits)
{
    // Of a run whose shape is fixed: 64 texts of 512 tokens.
    internal const int MostTokensOfRun = 32 << 10;

    // Elements of an input that nothing reads.
    private const int MostUnused = 1 << 20;

    /// <returns>The inputs, and the shape that every run must have.</returns>
    public Result<TextInputs> Find(IReadOnlyList<TensorInfo> inputs)
    {
        if (inputs.Count > TextInputs.Most) return Unsupported($"has {inputs.Count} inputs; the limit is {TextInputs.Most}");
        List<TextInput> found = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            if (!Find(inputs, i).TryGet(out TextInput? input, out InferenceError? refused)) return refused;
            if (input.Role != InputRole.Unused && found.Find(other => other.Role == input.Role) is { } twin)
                return Unsupported($"has two inputs for the same thing, '{inputs[twin.Index].Name}' and '{inputs[i].Name}'");
            found.Add(input);
        }

        if (!found.Exists(input => input.Role == InputRole.Ids))
            return Unsupported($"has no input for token ids, such as input_ids, only {string.Join(", ", inputs.Select(input => input.Name))}");
        if (FixedAxis(inputs, found, 0, out int? rows) is { } noRows) return noRows;
        if (FixedAxis(inputs, found, 1, out int? columns) is { } noColumns) return noColumns;
        if ((long)(rows ?? 1) * (columns ?? 1) > MostTokensOfRun)
            return Unsupported($"takes runs of {rows ?? 1} texts of {columns ?? 1} tokens; the limit is {MostTokensOfRun} tokens. Export it with dynamic axes");
        return new TextInputs { All = found, Rows = rows, Columns = columns };
    }

    private Result<TextInput> Find(IReadOnlyList<TensorInfo> inputs, int index)
    {
        TensorInfo input = inputs[index];
        InputTraits? known = traits?.Of(input.Name);
        InputRole? role = InputNames.RoleOf(input.Name);
        // A lookup in a table makes the only input, whatever it is called, that of the tokens.
        if (role is null && inputs.Count == 1 && known?.Rows is not null) role = InputRole.Ids;
        if (role is null && known?.IsUsed == false) role = InputRole.Unused;
        if (role is null)
        {
            return Unsupported(
                $"has the input '{input.Name}'. It can be given token ids, an attention mask, token types and positions, under the names that exporters "
                + "give them: input_ids, attention_mask, token_type_ids and position_ids");
        }

        bool isInteger = input.ElementType is TensorElementType.Int64 or TensorElementType.Int32;
        bool isNumber = isInteger || input.ElementType is TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.Float64
            or TensorElementType.Bool or TensorElementType.Int8 or TensorElementType.UInt8;
        if (role is InputRole.Unused)
        {
            long elements = input.Shape.Aggregate(1L, (count, dimension) => Math.Min(MostUnused + 1L, count * Math.Max(1, dimension)));
            if (!isNumber || elements > MostUnused)
            {
                return Unsupported(
                    $"has the input '{input.Name}' of type {input.ElementType}, which nothing reads and which cannot be given. Export it without");
            }

            return new TextInput(index, InputRole.Unused, input.ElementType, input.Shape);
        }

        if (!(role == InputRole.Mask ? isNumber : isInteger))
        {
            string expected = role == InputRole.Mask ? "it must be an integer, a float or a bool" : "it must be Int64 or Int32";
            return Unsupported($"has the input '{input.Name}' of type {input.ElementType}; {expected}");
        }

        return input.Shape.Count is 0 or 2
            ? new TextInput(index, role.Value, input.ElementType, input.Shape)
            : Unsupported($"has the input '{input.Name}' with {input.Shape.Count} dimensions; it must be [batch, sequence]");
    }

    /// <summary>The size of an axis that is the same in every run.</summary>
    private InferenceError? FixedAxis(IReadOnlyList<TensorInfo> inputs, List<TextInput> found, int axis, out int? size)
    {
        size = null;
        foreach (TextInput input in found.Where(input => input.Role != InputRole.Unused && input.Shape.Count == 2 && input.Shape[axis] >= 0))
        {
            long fixedSize = input.Shape[axis];
            if (fixedSize is < 1 or > MostTokensOfRun || (size is { } other && other != fixedSize))
            {
                string shapes = string.Join(", ", inputs.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]"));
                return Unsupported($"has inputs whose shapes do not fit together or cannot be given: {shapes}. Export it with dynamic axes");
            }

            size = (int)fixedSize;
        }

        return null;
    }

    private InferenceError Unsupported(string what) => ModelTask.Unsupported(file, what);
}
