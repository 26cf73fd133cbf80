using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Which of a session's inputs and outputs mean what. An index of -1: the model has no such input.</summary>
internal sealed record ModelSignature(
    TensorElementType InputType, int InputIds, int AttentionMask, int TokenTypeIds, int Output, TensorElementType OutputType)
{
    // Far above what classifiers have. Names and scores of all of them are kept in memory, on the word of a file.
    private const int MaxClasses = 100_000;

    /// <summary>Classes that the output has, or null when the model leaves it open.</summary>
    public int? Classes { get; private init; }

    public int InputCount => 1 + (AttentionMask >= 0 ? 1 : 0) + (TokenTypeIds >= 0 ? 1 : 0);

    /// <summary>Fits a session to text classification: token ids in, logits of [batch, classes] out.</summary>
    public static Result<ModelSignature> ForClassification(OrtSession session)
    {
        int ids = -1, mask = -1, types = -1;
        for (int i = 0; i < session.Inputs.Count; i++)
        {
            TensorInfo input = session.Inputs[i];
            if (input.Name == "input_ids") ids = i;
            else if (input.Name == "attention_mask") mask = i;
            else if (input.Name == "token_type_ids") types = i;
            else return Unsupported($"has the input '{input.Name}'; input_ids, attention_mask and token_type_ids are those that can be given");
            if (input.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32) || input.ElementType != session.Inputs[0].ElementType)
                return Unsupported($"has the input '{input.Name}' of {input.ElementType}; all inputs have to be Int64 or all Int32");
            if (input.Shape.Count != 2) return Unsupported($"has the input '{input.Name}' of {input.Shape.Count} dimensions; [batch, sequence] is needed");
            // A fixed length would need padding to it, a fixed batch splitting to it.
            if (input.Shape.Any(dimension => dimension > 0))
                return Unsupported($"has the input '{input.Name}' of the fixed shape [{string.Join(", ", input.Shape)}]; export it with dynamic batch and sequence axes");
        }

        if (ids < 0) return Unsupported("has no input 'input_ids'");
        int output = FindLogits(session.Outputs);
        if (output < 0) return Unsupported($"has no output 'logits' ({string.Join(", ", session.Outputs.Select(tensor => tensor.Name))})");
        TensorInfo logits = session.Outputs[output];
        if (logits.ElementType is not (TensorElementType.Float32 or TensorElementType.Float16))
            return Unsupported($"has the output '{logits.Name}' of {logits.ElementType}; Float32 or Float16 is needed");
        if (logits.Shape.Count != 2) return Unsupported($"has the output '{logits.Name}' of {logits.Shape.Count} dimensions; [batch, classes] is needed");
        if (logits.Shape[1] > MaxClasses) return Unsupported($"has the output '{logits.Name}' of {logits.Shape[1]} classes; {MaxClasses} is the most");
        return new ModelSignature(session.Inputs[ids].ElementType, ids, mask, types, output, logits.ElementType)
        {
            Classes = logits.Shape[1] > 0 ? (int)logits.Shape[1] : null,
        };
    }

    private static int FindLogits(IReadOnlyList<TensorInfo> outputs)
    {
        for (int i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == "logits") return i;
        }

        return outputs.Count == 1 ? 0 : -1;
    }

    private static InferenceError Unsupported(string what) => new(InferenceErrorKind.InvalidModel, $"The model {what}.");
}
