using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Preparing;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Preparing;

/// <summary>The inputs that a model takes.</summary>
/// <param name="Vocabulary">Number of token ids.</param>
/// <param name="Types">Number of token types.</param>
/// <param name="Positions">Number of positions.</param>
/// <param name="MaxTokens">Token limit of a text.</param>
internal sealed record TrialInputs(TextInputs Inputs, long Vocabulary, long Types, long Positions, int MaxTokens)
{
    // If neither a file nor the graph gives a limit; every encoder takes this many.
    private const int DefaultMaxTokens = 128;

    /// <summary>Reads them from the model, its config and its session.</summary>
    /// <param name="served">The inputs as the server found them; null if that is not known, or if its graph has no shape of its own.</param>
    public static Result<TrialInputs> Read(ModelDirectory directory, ModelConfig config, ModelPreparation model, OrtSession session, TextInputs? served)
    {
        string file = Path.GetFileName(directory.ModelFile);
        if (!new InputFinder(file, model.Traits).Find(session.Inputs).TryGet(out TextInputs? inputs, out InferenceError? unsupported)) return unsupported;
        if (served is not null) inputs = inputs with { Rows = served.Rows, Columns = served.Columns };
        InputTraits? Of(InputRole role) =>
            inputs.All.FirstOrDefault(input => input.Role == role) is { } input ? model.Traits?.Of(session.Inputs[input.Index].Name) : null;
        long? vocabulary = Of(InputRole.Ids)?.Rows ?? config.VocabularySize;
        if (vocabulary is not > 0)
        {
            return ModelTask.Unsupported(
                file, $"does not look up its token ids in an embedding table, so {ModelConfig.FileName} must give the number of token ids as vocab_size");
        }

        int limit = config.MaxPositions ?? model.Traits?.MaxTokens ?? DefaultMaxTokens;
        long positions = Of(InputRole.PositionIds)?.Rows ?? limit;
        int maxTokens = (int)Math.Min(Math.Min(limit, positions), Math.Min(model.Traits?.MaxTokens ?? limit, inputs.Columns ?? limit));
        return new TrialInputs(inputs, vocabulary.Value, Of(InputRole.TypeIds)?.Rows ?? 1, positions, maxTokens);
    }
}
