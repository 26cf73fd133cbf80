using Thaw.Inference.Files;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>Finds out what a model is for, from the shapes and names of its outputs and from its configuration.</summary>
/// <param name="outputs">The session's outputs.</param>
internal sealed class TaskRecognition(ModelConfig config, IReadOnlyList<TensorInfo> outputs)
{
    private static readonly string[] ScoreNames = ["logits", "probabilities", "probs", "scores", "predictions"];
    private static readonly string[] VectorNames = ["embed", "pooler", "hidden"];

    private readonly string _class = config.Architectures is [var name, ..] ? name : "";

    private readonly TensorInfo[] _numbers = [.. outputs.Where(output =>
        output.ElementType is TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Float64)];

    /// <summary>What the model does instead of classifying texts, and what shows it, as the rest of a sentence that begins with "The model"; null if it
    /// classifies texts.</summary>
    public string? OtherTask()
    {
        if (IsClass("ForMultipleChoice")) return For("multiple choice", $"its class is {_class}");
        TensorInfo? start = Named("start"), end = Named("end");
        if (start is not null && end is not null)
            return For("question answering", $"its outputs '{start.Name}' and '{end.Name}' have a number for each token");
        if (IsClass("ForQuestionAnswering")) return For("question answering", $"its class is {_class}");
        if (_numbers.Any(IsClassification)) return null;
        if (_numbers.FirstOrDefault(output => output.Shape.Count == 3) is { } tokens) return OfTokens(tokens);
        // What has another form is refused by its form.
        if (_numbers.FirstOrDefault(output => output.Shape.Count == 2) is not { } vectors) return null;
        if (config.HasModules) return OfSentences();
        string size = vectors.Shape[1] > 0 ? $"{vectors.Shape[1]} numbers" : "numbers";
        return $"{For("embeddings", $"its output '{vectors.Name}' has {size} for each text, which {ModelConfig.FileName} does not name as labels")}; "
            + "if they are labels, name them in id2label";
    }

    /// <summary>Whether an output has a number for each label of a text.</summary>
    private bool IsClassification(TensorInfo output)
    {
        if (output.Shape.Count is not (1 or 2)) return false;
        if (Array.Exists(ScoreNames, name => InputNames.Plain(output.Name) == name)) return true;
        if (Array.Exists(VectorNames, part => output.Name.Contains(part, StringComparison.OrdinalIgnoreCase))) return false;
        return SaysClassification() || output.Shape.Count == 1 || (output.Shape[1] > 0 ? output.Shape[1] == config.LabelCount : config.LabelCount > 0);
    }

    private bool SaysClassification() =>
        !IsClass("ForTokenClassification")
        && (config.ProblemType is not null || config.ActivationFunction is not null
            || _class.Contains("Classif", StringComparison.OrdinalIgnoreCase) || _class.Contains("Regress", StringComparison.OrdinalIgnoreCase));

    private string OfTokens(TensorInfo output)
    {
        long size = output.Shape[2];
        string shape = size > 0 ? $"{size} numbers" : "numbers";
        string why = $"its output '{output.Name}' has {shape} for each token";
        if (IsClass("ForTokenClassification")) return For("token classification", why);
        if (IsClass("ForMaskedLM") || IsClass("ForPreTraining")) return For("filling masks", why);
        if (IsClass("LMHeadModel") || IsClass("ForCausalLM") || IsClass("ForConditionalGeneration")) return For("text generation", why);
        if (size > 0 && size == config.VocabularySize) return For("filling masks or generating text", $"{why}, one for each token of the vocabulary");
        bool isVector = Array.Exists(VectorNames, part => output.Name.Contains(part, StringComparison.OrdinalIgnoreCase)) || IsClass("Model");
        if (!isVector && (size == config.LabelCount || InputNames.Plain(output.Name) == "logits")) return For("token classification", why);
        return config.HasModules ? OfSentences() : For("embeddings", why);
    }

    private static string OfSentences() => For("sentence embeddings", $"{ModelConfig.ModulesFileName} says how they are made");

    private bool IsClass(string suffix) => _class.EndsWith(suffix, StringComparison.Ordinal);

    /// <summary>The output [batch, sequence] whose name begins like this.</summary>
    private TensorInfo? Named(string start) =>
        Array.Find(_numbers, output => output.Shape.Count == 2 && output.Name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static string For(string task, string why) => $"is for {task}: {why}";
}
