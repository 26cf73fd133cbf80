using System.Text.Json;
using Thaw.Inference.Files;
using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>The inputs that a model takes.</summary>
/// <param name="Vocabulary">Number of token ids.</param>
/// <param name="Types">Number of token types.</param>
/// <param name="MaxTokens">Token limit of a text.</param>
/// <param name="FixedRows">The batch size, if the model takes only one.</param>
/// <param name="FixedColumns">The sequence length, if the model takes only one.</param>
internal sealed record TrialInputs(long Vocabulary, long Types, int MaxTokens, int? FixedRows, int? FixedColumns)
{
    public const string Ids = "input_ids", Mask = "attention_mask", TypeIds = "token_type_ids";

    // If no file gives a limit; every encoder takes this many.
    private const int DefaultMaxTokens = 128;

    /// <summary>Reads them from the model, its config and its session.</summary>
    public static Result<TrialInputs> Read(ModelDirectory directory, ModelConfig config, ModelPreparation model, OrtSession session)
    {
        int? rows = null, columns = null;
        foreach (TensorInfo input in session.Inputs)
        {
            if (input.Name is not (Ids or Mask or TypeIds))
                return Unsupported($"has the input '{input.Name}'; only {Ids}, {Mask} and {TypeIds} are supported");
            if (input.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32) || input.Shape.Count != 2)
            {
                return Unsupported(
                    $"has the input '{input.Name}' of type {input.ElementType} with {input.Shape.Count} dimensions; "
                    + "it must be Int64 or Int32 [batch, sequence]");
            }

            if (input.Shape[0] > 0) rows = (int)input.Shape[0];
            if (input.Shape[1] > 0) columns = (int)input.Shape[1];
        }

        long? vocabulary = model.RowsFor(Ids) ?? Number(directory, "vocab_size");
        if (vocabulary is not > 0)
            return Unsupported($"does not look up {Ids} in an embedding table, so {ModelConfig.FileName} must give the number of token ids as vocab_size");
        return new TrialInputs(vocabulary.Value, model.RowsFor(TypeIds) ?? 1, config.MaxPositions ?? DefaultMaxTokens, rows, columns);
    }

    private static long? Number(ModelDirectory directory, string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory.Path, ModelConfig.FileName)));
        return json.RootElement.TryGetProperty(name, out JsonElement element)
            && element.ValueKind == JsonValueKind.Number
            && element.TryGetInt64(out long value)
            ? value : null;
    }

    private static InferenceError Unsupported(string what) => new(InferenceErrorKind.InvalidModel, $"The model {what}.");
}
