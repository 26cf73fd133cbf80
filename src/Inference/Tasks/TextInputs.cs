using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Positions of a session's inputs, each [batch, sequence]; -1 if the model has no such input.</summary>
/// <param name="ElementType">Type of all inputs: Int64 or Int32.</param>
/// <param name="Ids">Position of the token ids.</param>
/// <param name="Mask">Position of the attention mask.</param>
/// <param name="TypeIds">Position of the token types.</param>
internal sealed record TextInputs(TensorElementType ElementType, int Ids, int Mask, int TypeIds)
{
    /// <summary>Maximum number of inputs of a model.</summary>
    public const int Most = 3;

    /// <summary>Number of inputs.</summary>
    public int Count => 1 + (Mask >= 0 ? 1 : 0) + (TypeIds >= 0 ? 1 : 0);

    /// <summary>Finds the inputs by name; refuses a model with any other input.</summary>
    /// <param name="file">The model file's name, for messages.</param>
    public static Result<TextInputs> Of(string file, IReadOnlyList<TensorInfo> inputs)
    {
        int ids = -1, mask = -1, types = -1;
        for (int i = 0; i < inputs.Count; i++)
        {
            TensorInfo input = inputs[i];
            if (input.Name == "input_ids") ids = i;
            else if (input.Name == "attention_mask") mask = i;
            else if (input.Name == "token_type_ids") types = i;
            else return ModelTask.Unsupported(file, $"has the input '{input.Name}'; only input_ids, attention_mask and token_type_ids are supported");
            if (input.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32) || input.ElementType != inputs[0].ElementType)
                return ModelTask.Unsupported(file, $"has the input '{input.Name}' of type {input.ElementType}; all inputs must be Int64, or all Int32");
            if (input.Shape.Count != 2)
                return ModelTask.Unsupported(file, $"has the input '{input.Name}' with {input.Shape.Count} dimensions; it must be [batch, sequence]");
            // A fixed length would need padding, a fixed batch size splitting.
            if (input.Shape.Any(dimension => dimension > 0))
            {
                string shape = string.Join(", ", input.Shape);
                return ModelTask.Unsupported(
                    file, $"has the input '{input.Name}' with the fixed shape [{shape}]; export it with dynamic batch and sequence axes");
            }
        }

        return ids < 0 ? ModelTask.Unsupported(file, "has no input 'input_ids'") : new TextInputs(inputs[ids].ElementType, ids, mask, types);
    }
}
