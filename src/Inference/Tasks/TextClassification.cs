using System.Numerics.Tensors;
using Thaw.Inference.Files;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Tasks;

/// <summary>Text classification: the labels of a model and how its output becomes scores.</summary>
public sealed class TextClassification : SequenceLogits
{
    private readonly OutputFunction _inside;

    private TextClassification(LogitsOutput output, OutputFunction inside, string[] labels, ScoreFunction function) : base(output, labels.Length)
    {
        Labels = labels;
        _inside = inside;
        DefaultFunction = function;
    }

    public override string Name => "text-classification";

    /// <summary>The name of each label, in the order of the output.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>What makes scores of the output: none if the graph has done so already.</summary>
    public ScoreFunction DefaultFunction { get; }

    /// <param name="file">The model file's name, for messages.</param>
    /// <param name="outputName">The output's name, for messages.</param>
    /// <param name="inside">What the graph has done to the output's numbers.</param>
    internal static Result<TextClassification> Create(ModelConfig config, string file, string outputName, LogitsOutput output, OutputFunction inside)
    {
        if (inside == OutputFunction.AcrossTexts)
        {
            return Unsupported(
                file, $"has a softmax over the texts of a run at its output '{outputName}'; export it with a softmax over the labels, axis -1, or without any");
        }

        if (inside == OutputFunction.Unknown)
        {
            return Unsupported(
                file, $"makes its output '{outputName}' with a step that is not known here, such as a function of the file, so it may be logits or scores; "
                + "export it with operators of ONNX only, for example with its functions inlined");
        }

        if ((output.Labels ?? config.LabelCount) is not { } count)
            return Mismatch($"id2label is missing, and {file} does not say how many labels its output '{outputName}' has");
        if (config.LabelCount is { } named && named != count)
        {
            string names = config.Labels.Count > 0 ? "id2label names" : "num_labels says";
            return Mismatch($"{names} {named} labels, but the output '{outputName}' of {file} has {count}");
        }

        if (!FunctionOf(config, count, inside).TryGet(out ScoreFunction function, out InferenceError? unknown)) return unknown;
        // The names that transformers gives labels without names.
        string[] labels = [.. config.Labels.Count != 0 ? config.Labels : Enumerable.Range(0, count).Select(label => $"LABEL_{label}")];
        return new TextClassification(output, inside, labels, function);
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

    /// <summary>What must be applied to the output for the scores that a caller asks for.</summary>
    /// <param name="asked">The function from logits to scores; null for the model's own.</param>
    /// <returns>An error if the graph has applied another one already: the logits are lost then.</returns>
    public Result<ScoreFunction> FunctionFor(ScoreFunction? asked) => (_inside, asked) switch
    {
        (_, null) => DefaultFunction,
        (OutputFunction.None, { } function) => function,
        (OutputFunction.Sigmoid, ScoreFunction.Sigmoid) or (OutputFunction.Softmax, ScoreFunction.Softmax) => ScoreFunction.None,
        // The softmax of the logarithms of a softmax is that softmax.
        (OutputFunction.LogSoftmax, ScoreFunction.Softmax) => ScoreFunction.Softmax,
        _ => new InferenceError(
            InferenceErrorKind.InvalidRequest,
            $"The scores with the function {asked.Value.ToString().ToLowerInvariant()} cannot be had: they are computed from logits, and the model's graph "
            + $"gives {Describe(_inside)} only. Leave the function out."),
    };

    private static string Describe(OutputFunction inside) => inside switch
    {
        OutputFunction.Sigmoid => "their sigmoid",
        OutputFunction.Softmax => "their softmax",
        OutputFunction.LogSoftmax => "the logarithm of their softmax",
        _ => "probabilities",
    };

    private static Result<ScoreFunction> FunctionOf(ModelConfig config, int labels, OutputFunction inside)
    {
        // sentence-transformers: the function of a cross-encoder, by the last part of its class's name.
        ScoreFunction? activation = config.ActivationFunction?.Split('.')[^1] switch
        {
            "Identity" => ScoreFunction.None,
            "Sigmoid" => ScoreFunction.Sigmoid,
            "Softmax" => ScoreFunction.Softmax,
            _ => null,
        };
        if (activation is null && config.ActivationFunction is { } name)
            return Mismatch($"the activation function '{name}' is not supported; Identity, Sigmoid and Softmax are");
        // The same order of decisions as in transformers' TextClassificationPipeline.
        ScoreFunction? problem = config.ProblemType switch
        {
            null or "single_label_classification" => labels == 1 ? ScoreFunction.Sigmoid : ScoreFunction.Softmax,
            "regression" => ScoreFunction.None,
            "multi_label_classification" => ScoreFunction.Sigmoid,
            _ => null,
        };
        if (problem is null)
        {
            return Mismatch(
                $"problem_type must be regression, single_label_classification or multi_label_classification, not '{config.ProblemType}'");
        }

        return inside switch
        {
            OutputFunction.None => activation ?? problem.Value,
            OutputFunction.LogSoftmax => ScoreFunction.Softmax,
            _ => ScoreFunction.None,
        };
    }

    private static InferenceError Mismatch(string reason) => new(InferenceErrorKind.InvalidModel, $"{ModelConfig.FileName}: {reason}.");
}
