using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Tasks;

/// <summary>Picks a model's task. The graph decides, names help.</summary>
internal static class TaskCatalog
{
    /// <param name="file">The model file's name, for messages.</param>
    /// <param name="outputs">The session's outputs.</param>
    /// <param name="traits">Of the model's graph, with the same outputs; null if they are not known.</param>
    public static Result<ModelTask> Pick(ModelConfig config, string file, IReadOnlyList<TensorInfo> outputs, GraphTraits? traits)
    {
        // Whether the outputs are logits or scores is not known then.
        if (traits is null) return ModelTask.Unsupported(file, "has a graph that only ONNX Runtime can read; export it again");
        if (new TaskRecognition(config, outputs).OtherTask() is { } other)
            return ModelTask.Unsupported(file, $"{other}. Only text classification is served");
        Result<LogitsOutput> found = SequenceLogits.FindOutput(file, outputs, config.LabelCount ?? 0);
        if (!found.TryGet(out LogitsOutput logits, out InferenceError? unsupported)) return unsupported;
        TensorInfo output = outputs[logits.Index];
        OutputFunction inside = traits.Functions[logits.Index];
        // The only axis of [batch].
        if (inside is OutputFunction.Softmax or OutputFunction.LogSoftmax && output.Shape.Count == 1) inside = OutputFunction.AcrossTexts;
        Result<TextClassification> creation = TextClassification.Create(config, file, output.Name, logits, inside);
        return creation.TryGet(out TextClassification? classification, out InferenceError? mismatch) ? classification : mismatch;
    }
}
