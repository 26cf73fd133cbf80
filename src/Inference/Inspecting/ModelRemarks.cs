using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Inspecting;

/// <summary>What is unusual about a model and what follows for its users.</summary>
internal static class ModelRemarks
{
    public static IReadOnlyList<string> Of(LoadedModel model) => [.. OfInputs(model), .. OfOutputs(model), .. OfWeights(model)];

    private static IEnumerable<string> OfInputs(LoadedModel model)
    {
        TextInputs inputs = model.Inputs;
        if (inputs.Columns is { } columns) yield return $"Every text is padded to {columns} tokens, the length with which the model was exported.";
        if (inputs.Rows is { } rows) yield return $"Every run has {ModelFacts.Count(rows, "text")}, the number with which the model was exported.";
        if (inputs.NeedsEqualLengths) yield return "Padding would change its answers, so only texts with equal numbers of tokens run together.";
        if (model.Origin.Config.MaxPositions is null && model.Origin.Traits?.MaxTokens is null && model.Tokenizer.MaxLength == int.MaxValue)
            yield return $"Neither its files nor its graph give a limit of tokens, so the limit is {model.MaxTokens}.";
    }

    private static IEnumerable<string> OfOutputs(LoadedModel model)
    {
        int output = model.Task.Outputs[0];
        string? inside = model.Origin.Traits?.Functions[output] switch
        {
            OutputFunction.Sigmoid => "a sigmoid",
            OutputFunction.Softmax => "a softmax",
            OutputFunction.LogSoftmax => "the logarithm of a softmax",
            OutputFunction.OfProbabilities => "numbers computed from probabilities",
            _ => null,
        };
        if (inside is not null) yield return $"Its graph ends in {inside}, so logits, and scores with another function, cannot be had.";
        if (model.Task is TextClassification && model.Origin.Config.Labels.Count == 0)
            yield return "config.json has no id2label, so its labels are LABEL_0 and so on.";
        if (model.Origin.Traits?.QuantizesTogether == true && !model.Inputs.RunsAlone)
            yield return "It is quantized dynamically, so a text's scores depend a little on the texts that it runs with.";
    }

    private static IEnumerable<string> OfWeights(LoadedModel model)
    {
        if (model.CopyReason is { } copy && !model.IsShared) yield return $"Its weights are copied into private memory: {copy}.";
        else if (model.OwnSessionReason is { } own) yield return $"Its session is not shared with models of the same architecture: {own}.";
    }
}
