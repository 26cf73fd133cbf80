using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Picks a model's task.</summary>
internal static class TaskCatalog
{
    private const string ClassifierSuffix = "ForSequenceClassification";

    /// <summary>Why no task fits a model with this configuration, or null. It needs only the configuration, so call it before any expensive step.</summary>
    public static InferenceError? Refuse(ModelConfig config) =>
        config.Architectures is [var name, ..] && !name.EndsWith(ClassifierSuffix, StringComparison.Ordinal)
            ? new InferenceError(
                InferenceErrorKind.InvalidModel,
                $"{ModelConfig.FileName}: the architecture '{name}' is not supported; only text classification (*{ClassifierSuffix}) is.")
            : null;

    /// <param name="file">The model file's name, for messages.</param>
    /// <param name="outputs">The session's outputs.</param>
    public static Result<ModelTask> Pick(ModelConfig config, string file, IReadOnlyList<TensorInfo> outputs)
    {
        if (!SequenceLogits.FindOutput(file, outputs, config.Labels.Count).TryGet(out LogitsOutput logits, out InferenceError? unsupported)) return unsupported;
        if (!TextClassification.Create(config, logits).TryGet(out TextClassification? classification, out InferenceError? mismatch)) return mismatch;
        return classification;
    }
}
