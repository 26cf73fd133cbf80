using System.Numerics.Tensors;
using Thaw.Inference.Files;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Tasks that need one row of logits for each text: an output of [batch, labels], or of [batch] for one label.</summary>
public abstract class SequenceLogits : ModelTask
{
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

    /// <summary>Finds the output named logits, or the only one, or the only one that has the right type and shape.</summary>
    /// <param name="file">The model file's name, for messages.</param>
    /// <param name="labels">Number of labels; 0 if it is not known.</param>
    internal static Result<LogitsOutput> FindOutput(string file, IReadOnlyList<TensorInfo> outputs, int labels)
    {
        int[] all = [.. Enumerable.Range(0, outputs.Count)];
        int[] candidates = [.. all.Where(i => InputNames.Plain(outputs[i].Name) == "logits")];
        if (candidates.Length == 0) candidates = all.Length == 1 ? all : [.. all.Where(i => Refuse(outputs[i]) is null && Fits(LabelsOf(outputs[i]), labels))];
        // One that says how many labels it has is more certain than one that does not.
        if (candidates.Length > 1 && candidates.Where(i => LabelsOf(outputs[i]) == labels).ToArray() is { Length: > 0 } certain) candidates = certain;
        if (candidates is not [var index])
        {
            string names = string.Join(", ", outputs.Select(output => $"{output.Name} [{string.Join(", ", output.Shape)}]"));
            string size = labels == 0 ? "labels" : $"{labels}";
            string count = labels == 0 ? "" : $", as many as {ModelConfig.FileName} has labels";
            string reason = candidates.Length == 0 ? $"none of them is [batch, {size}] of floats{count}" : $"{candidates.Length} of them could be it";
            return Unsupported(file, $"has no output 'logits', only {names}, and {reason}. Name the one to use 'logits'");
        }

        return Refuse(outputs[index]) is { } unfit
            ? Unsupported(file, $"has the output '{outputs[index].Name}' {unfit}")
            : new LogitsOutput(index, outputs[index].ElementType, LabelsOf(outputs[index]));
    }

    private static string? Refuse(TensorInfo output)
    {
        if (output.ElementType is not (TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.Float64 or TensorElementType.BFloat16))
            return $"of type {output.ElementType}; it must be Float32, Float64, Float16 or BFloat16";
        // None are declared if it has no dimensions here.
        if (output.Shape.Count > 2) return $"with {output.Shape.Count} dimensions; it must be [batch, labels], or [batch] for one label";
        return LabelsOf(output) > ModelConfig.MostLabels ? $"with {LabelsOf(output)} labels; the limit is {ModelConfig.MostLabels}" : null;
    }

    private static int? LabelsOf(TensorInfo output) => output.Shape switch
    {
        [_] => 1,
        [_, > 0 and var labels] => (int)Math.Min(labels, int.MaxValue),
        _ => null,
    };

    private static bool Fits(int? declared, int labels) => declared is null || labels == 0 || declared == labels;

    internal sealed override InferenceError? Read(in OrtRun run, ReadOnlySpan<int> lengths, Span<float> rows)
    {
        TensorShape shape = run.Shape();
        bool isPerText = Width == 1 && shape.Dimensions.SequenceEqual([lengths.Length]);
        if (!isPerText && !shape.Dimensions.SequenceEqual([lengths.Length, Width]))
            return new InferenceError(InferenceErrorKind.Failed, $"The model returned the shape {shape} instead of [{lengths.Length}, {Width}].");
        switch (_type)
        {
            case TensorElementType.Float32:
                run.Data<float>().CopyTo(rows);
                break;
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(run.Data<Half>(), rows);
                break;
            case TensorElementType.Float64:
                TensorPrimitives.ConvertTruncating(run.Data<double>(), rows);
                break;
            default:
                ReadOnlySpan<ushort> halves = run.Data<ushort>();
                // A bfloat16 is the first half of a float32.
                for (int i = 0; i < halves.Length; i++) rows[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                break;
        }

        return null;
    }
}
