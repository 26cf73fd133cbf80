using System.Numerics.Tensors;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Tasks that need one row of logits for each text: an output of [batch, labels], float32 or float16.</summary>
public abstract class SequenceLogits : ModelTask
{
    // Far more than classifiers have. A file must not make the server keep names and scores for any number of labels.
    private const int MaxLabels = 100_000;

    private readonly int[] _outputs;
    private readonly TensorElementType _type;

    private protected SequenceLogits(LogitsOutput output, int labels)
    {
        _outputs = [output.Index];
        _type = output.ElementType;
        Width = labels;
    }

    public sealed override int Width { get; }

    internal sealed override ReadOnlySpan<int> Outputs => _outputs;

    /// <summary>Finds the output named logits, or the only one.</summary>
    /// <param name="file">The model file's name, for messages.</param>
    internal static Result<LogitsOutput> FindOutput(string file, IReadOnlyList<TensorInfo> outputs)
    {
        int index = outputs.Count == 1 ? 0 : -1;
        for (int i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == "logits") index = i;
        }

        if (index < 0) return Unsupported(file, $"has no output 'logits', only {string.Join(", ", outputs.Select(tensor => tensor.Name))}");
        TensorInfo logits = outputs[index];
        if (logits.ElementType is not (TensorElementType.Float32 or TensorElementType.Float16))
            return Unsupported(file, $"has the output '{logits.Name}' of type {logits.ElementType}; it must be Float32 or Float16");
        if (logits.Shape.Count != 2)
            return Unsupported(file, $"has the output '{logits.Name}' with {logits.Shape.Count} dimensions; it must be [batch, labels]");
        if (logits.Shape[1] > MaxLabels)
            return Unsupported(file, $"has the output '{logits.Name}' with {logits.Shape[1]} labels; the limit is {MaxLabels}");
        return new LogitsOutput(index, logits.ElementType, logits.Shape[1] > 0 ? (int)logits.Shape[1] : null);
    }

    internal sealed override InferenceError? Read(in OrtRun run, ReadOnlySpan<int> lengths, Span<float> rows)
    {
        TensorShape shape = run.Shape();
        if (!shape.Dimensions.SequenceEqual([lengths.Length, Width]))
            return new InferenceError(InferenceErrorKind.Failed, $"The model returned the shape {shape} instead of [{lengths.Length}, {Width}].");
        if (_type == TensorElementType.Float32) run.Data<float>().CopyTo(rows);
        else TensorPrimitives.ConvertToSingle(run.Data<Half>(), rows);
        return null;
    }
}
