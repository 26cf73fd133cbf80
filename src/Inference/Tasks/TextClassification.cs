using System.Numerics.Tensors;
using Thaw.Inference.Files;

namespace Thaw.Inference.Tasks;

/// <summary>Text classification: the labels of a model and how its logits become scores.</summary>
public sealed class TextClassification : SequenceLogits
{
    private TextClassification(LogitsOutput output, string[] labels, ScoreFunction function) : base(output, labels.Length)
    {
        Labels = labels;
        DefaultFunction = function;
    }

    public override string Name => "text-classification";

    /// <summary>The name of each label, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels { get; }

    public ScoreFunction DefaultFunction { get; }

    internal static Result<TextClassification> Create(ModelConfig config, LogitsOutput output)
    {
        int count = output.Labels ?? config.Labels.Count;
        if (count == 0) return Mismatch("id2label is missing, and the model's output does not say how many labels there are");
        if (config.Labels.Count != 0 && config.Labels.Count != count)
            return Mismatch($"id2label names {config.Labels.Count} labels, but the model's output has {count}");

        // The names that transformers gives labels without names.
        string[] labels = [.. config.Labels.Count != 0 ? config.Labels : Enumerable.Range(0, count).Select(label => $"LABEL_{label}")];

        // The same order of decisions as in transformers' TextClassificationPipeline.
        ScoreFunction function = config.ProblemType switch
        {
            "regression" => ScoreFunction.None,
            "multi_label_classification" => ScoreFunction.Sigmoid,
            _ => count == 1 ? ScoreFunction.Sigmoid : ScoreFunction.Softmax,
        };
        return new TextClassification(output, labels, function);
    }

    /// <summary>Turns one text's logits into scores, in place.</summary>
    /// <param name="logits">One for each label.</param>
    /// <returns>An error if a logit is infinite or NaN, or null.</returns>
    public static InferenceError? Score(Span<float> logits, ScoreFunction function)
    {
        if (!TensorPrimitives.IsFiniteAll<float>(logits))
            return new InferenceError(InferenceErrorKind.Failed, "The model's output contains an infinity or a NaN.");
        if (function == ScoreFunction.Sigmoid)
        {
            TensorPrimitives.Sigmoid(logits, logits);
        }
        else if (function == ScoreFunction.Softmax)
        {
            // The largest becomes 0, so that no exponential overflows.
            TensorPrimitives.Subtract(logits, TensorPrimitives.Max<float>(logits), logits);
            TensorPrimitives.SoftMax(logits, logits);
        }

        return null;
    }

    private static InferenceError Mismatch(string reason) => new(InferenceErrorKind.InvalidModel, $"{ModelConfig.FileName}: {reason}.");
}
