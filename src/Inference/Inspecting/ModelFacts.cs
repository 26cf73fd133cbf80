using Thaw.Inference.Files;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Inspecting;

/// <summary>How a loaded model is served, and why so.</summary>
/// <param name="ModelFile">Path of the ONNX file.</param>
/// <param name="Variant">Which of several it is, such as "quantized"; null for model.onnx and names that do not say.</param>
/// <param name="TokenizerDirectory">Path of the directory with the tokenizer's files.</param>
/// <param name="TaskReason">What shows that the model is for its task, as a sentence's end: "its output … ".</param>
/// <param name="LabelNames">In the order of the model's output.</param>
/// <param name="Tokenizer">Its kind: WordPiece, BPE or Unigram.</param>
/// <param name="MaxTokens">Token limit of a text, including special tokens.</param>
/// <param name="Remarks">What is unusual about it and what follows, a sentence each.</param>
public sealed record ModelFacts(
    string ModelFile,
    string? Variant,
    string TokenizerDirectory,
    string Task,
    string TaskReason,
    IReadOnlyList<string> LabelNames,
    string Tokenizer,
    int MaxTokens,
    IReadOnlyList<TensorFacts> Inputs,
    IReadOnlyList<TensorFacts> Outputs,
    IReadOnlyList<string> Remarks)
{
    public static ModelFacts Of(LoadedModel model)
    {
        ModelDirectory directory = model.Origin.Directory;
        IReadOnlyList<string> labels = model.Task is TextClassification classification ? classification.Labels : [];
        string output = model.Origin.Outputs[model.Task.Outputs[0]].Name;
        string reason = $"its output '{output}' has {Count(model.Task.Width, "number")} for each text";
        return new ModelFacts(
            directory.ModelFile,
            directory.Variant,
            directory.TokenizerPath,
            model.Task.Name,
            reason,
            labels,
            model.Tokenizer.Kind,
            model.MaxTokens,
            [.. model.Origin.Inputs.Select((input, i) => Describe(input, UseOf(model.Inputs, i)))],
            [.. model.Origin.Outputs.Select((tensor, i) => Describe(tensor, model.Task.Outputs.Contains(i) ? "read" : "not read"))],
            ModelRemarks.Of(model));
    }

    /// <summary>A number with its noun: "1 token", "2 tokens".</summary>
    internal static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";

    private static TensorFacts Describe(TensorInfo tensor, string use)
    {
        string shape = string.Join(", ", tensor.Shape.Select(dimension => dimension < 0 ? "?" : $"{dimension}"));
        return new TensorFacts(tensor.Name, tensor.ElementType.ToString(), tensor.Shape.Count == 0 ? "" : $"[{shape}]", use);
    }

    private static string UseOf(TextInputs inputs, int index) => inputs.All.First(input => input.Index == index).Role switch
    {
        InputRole.Ids => "token ids",
        InputRole.Mask => "attention mask",
        InputRole.TypeIds => "token types",
        InputRole.PositionIds => "positions",
        _ => "zeros, because nothing reads it",
    };
}
