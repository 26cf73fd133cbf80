using System.Text.Json;
using Thaw.Inference.Files;
using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>What may be given to a model: ids up to a bound, and texts of some length.</summary>
/// <param name="Vocabulary">Token ids are below it.</param>
/// <param name="Types">Token types are below it.</param>
/// <param name="MaxTokens">Tokens that a text may have.</param>
/// <param name="FixedRows">The batch size of a model that takes no other.</param>
/// <param name="FixedColumns">The sequence length of a model that takes no other.</param>
internal sealed record TrialInputs(long Vocabulary, long Types, int MaxTokens, int? FixedRows, int? FixedColumns)
{
    public const string Ids = "input_ids", Mask = "attention_mask", TypeIds = "token_type_ids";

    // Where no file names the longest text; every encoder takes as many.
    private const int DefaultMaxTokens = 128;

    /// <summary>Reads what the model, its config and its session tell.</summary>
    public static Result<TrialInputs> Read(ModelDirectory directory, ModelConfig config, ModelPreparation model, OrtSession session)
    {
        int? rows = null, columns = null;
        foreach (TensorInfo input in session.Inputs)
        {
            if (input.Name is not (Ids or Mask or TypeIds))
                return Unsupported($"has the input '{input.Name}'; to check the answers, {Ids}, {Mask} and {TypeIds} are those that can be given");
            if (input.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32) || input.Shape.Count != 2)
                return Unsupported($"has the input '{input.Name}' of {input.ElementType} and {input.Shape.Count} dimensions; Int64 or Int32 [batch, sequence] is needed");
            if (input.Shape[0] > 0) rows = (int)input.Shape[0];
            if (input.Shape[1] > 0) columns = (int)input.Shape[1];
        }

        long? vocabulary = model.RowsFor(Ids) ?? Number(directory, "vocab_size");
        if (vocabulary is not > 0) return Unsupported($"looks {Ids} up in no table, and {ModelConfig.FileName} names no vocab_size: which ids it takes is unknown");
        return new TrialInputs(vocabulary.Value, model.RowsFor(TypeIds) ?? 1, config.MaxPositions ?? DefaultMaxTokens, rows, columns);
    }

    private static long? Number(ModelDirectory directory, string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory.Path, ModelConfig.FileName)));
        return json.RootElement.TryGetProperty(name, out JsonElement element) && element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) ? value : null;
    }

    private static InferenceError Unsupported(string what) => new(InferenceErrorKind.InvalidModel, $"The model {what}.");
}
