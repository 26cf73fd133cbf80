using System.Text.Encodings.Web;
using System.Text.Json;
using Thaw.Inference.Files;

namespace Thaw.Inference.Tasks;

/// <summary>What turns logits into scores.</summary>
public enum ScoreFunction
{
    None,
    Sigmoid,
    Softmax,
}

/// <summary>Text classification: the labels of a model and how its logits become scores. Immutable.</summary>
public sealed class Classification
{
    public const string TaskName = "text-classification";

    private const string ArchitectureSuffix = "ForSequenceClassification";

    private Classification(JsonEncodedText[] labels, ScoreFunction function)
    {
        Labels = labels;
        DefaultFunction = function;
    }

    /// <summary>The name of each class, ready to be written as JSON.</summary>
    public IReadOnlyList<JsonEncodedText> Labels { get; }

    public ScoreFunction DefaultFunction { get; }

    /// <summary>Why a model of this configuration cannot be served, or null. Needs nothing but the configuration, so it comes before any cost.</summary>
    internal static InferenceError? RefuseArchitecture(ModelConfig config) =>
        config.Architectures is [var name, ..] && !name.EndsWith(ArchitectureSuffix, StringComparison.Ordinal)
            ? new InferenceError(InferenceErrorKind.InvalidModel, $"{ModelConfig.FileName}: the architecture '{name}' is not supported; {TaskName} (*{ArchitectureSuffix}) is.")
            : null;

    /// <param name="classes">Classes that the model's output declares, or null where it declares none.</param>
    internal static Result<Classification> Create(ModelConfig config, int? classes)
    {
        int count = classes ?? config.Labels.Count;
        if (count == 0) return Mismatch("id2label is missing, and the model's output does not say how many classes there are");
        if (config.Labels.Count != 0 && config.Labels.Count != count)
            return Mismatch($"id2label names {config.Labels.Count} classes and the model's output has {count}");

        // Without names transformers makes up these.
        var labels = new JsonEncodedText[count];
        for (int i = 0; i < count; i++)
            labels[i] = JsonEncodedText.Encode(config.Labels.Count == 0 ? $"LABEL_{i}" : config.Labels[i], JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

        // The order in which transformers' TextClassificationPipeline decides.
        ScoreFunction function = config.ProblemType switch
        {
            "regression" => ScoreFunction.None,
            "multi_label_classification" => ScoreFunction.Sigmoid,
            _ => count == 1 ? ScoreFunction.Sigmoid : ScoreFunction.Softmax,
        };
        return new Classification(labels, function);
    }

    /// <summary>Turns one text's logits into scores, in place. False when they hold something that is not a finite number.</summary>
    /// <param name="logits">One per class.</param>
    public static bool TryScore(Span<float> logits, ScoreFunction function)
    {
        foreach (float logit in logits)
        {
            if (!float.IsFinite(logit)) return false;
        }

        if (function == ScoreFunction.Sigmoid)
        {
            foreach (ref float logit in logits) logit = 1 / (1 + MathF.Exp(-logit));
        }
        else if (function == ScoreFunction.Softmax)
        {
            float largest = float.NegativeInfinity;
            foreach (float logit in logits) largest = Math.Max(largest, logit);
            float sum = 0;
            foreach (ref float logit in logits) sum += logit = MathF.Exp(logit - largest);
            foreach (ref float logit in logits) logit /= sum;
        }

        return true;
    }

    private static InferenceError Mismatch(string reason) =>
        new(InferenceErrorKind.InvalidModel, $"{ModelConfig.FileName}: {reason}.");
}
