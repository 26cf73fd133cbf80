using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;
using Thaw.Tokenizers;

namespace Thaw.Inference.Tasks;

/// <summary>Finds out which texts the inputs of a model can be given: how they are padded, and how long they may be.</summary>
/// <param name="file">The model file's name, for messages.</param>
/// <param name="traits">What the graph says; null if that is not known.</param>
internal sealed class InputFit(string file, GraphTraits? traits, ModelConfig config, Tokenizer tokenizer)
{
    // Token limit of a text if neither a file nor the graph gives one: what BERT was trained with.
    private const int DefaultMaxTokens = 512;

    /// <param name="shape">What <see cref="InputFinder"/> found.</param>
    /// <param name="inputs">The session's inputs.</param>
    public Result<TextInputs> Fit(TextInputs shape, IReadOnlyList<TensorInfo> inputs)
    {
        InputTraits? Of(InputRole role) => shape.All.FirstOrDefault(input => input.Role == role) is { } input ? traits?.Of(inputs[input.Index].Name) : null;
        InputTraits? idTraits = Of(InputRole.Ids), mask = Of(InputRole.Mask);
        if (idTraits?.Rows is { } tokens && tokenizer.HighestId >= tokens)
        {
            return Unsupported(
                $"has a table of {tokens} tokens for '{idTraits.Name}', but its tokenizer has ids up to {tokenizer.HighestId}. "
                + "Give it the tokenizer that it was trained with");
        }

        int? padId = PadId(idTraits);
        bool knowsPadding = idTraits is { IsReadOtherwise: false } && idTraits.ComparedWith.All(number => number == padId);
        bool hides = knowsPadding && mask is { IsRead: true, HidesPadding: true };
        InferenceError? noPadding = RefusePadding(idTraits, mask, knowsPadding && (hides || padId is not null));
        if (shape.Columns is not null && noPadding is not null) return noPadding;

        bool hasPositions = shape.All.Any(input => input.Role == InputRole.PositionIds);
        int first = config.PositionsFollowPadding ? (config.PadTokenId ?? ModelConfig.DefaultPadTokenId) + 1 : 0;
        if (hasPositions && config.ModelType is null && Of(InputRole.PositionIds)?.Rows is { } rows && rows == tokenizer.MaxLength + padId + 1L)
        {
            return Unsupported(
                $"has an input of positions and a table of {rows} of them, and no file says whether they begin with 0 or behind the padding id. "
                + $"Give {ModelConfig.FileName} its model_type");
        }

        long limit = config.MaxPositions ?? traits?.MaxTokens ?? DefaultMaxTokens;
        limit = Math.Min(Math.Min(limit, tokenizer.MaxLength), Math.Min(traits?.MaxTokens ?? limit, shape.Columns ?? limit));
        if (hasPositions && Of(InputRole.PositionIds)?.Rows is { } positions) limit = Math.Min(limit, positions - first);
        if (limit < 1) return Unsupported($"has no room for a token: its table of positions has too few rows for positions that begin with {first}");
        return shape with
        {
            HidesPadding = hides,
            NoPadding = noPadding,
            PadId = padId ?? 0,
            FirstPosition = first,
            PadPosition = Math.Max(0, first - 1),
            MaxTokens = (int)limit,
            Types = Of(InputRole.TypeIds)?.Rows is { } types ? (int)Math.Min(types, int.MaxValue) : int.MaxValue,
        };
    }

    /// <summary>The id of padding: the one that the graph looks for, if a file names that; null if no file names one that the model has.</summary>
    private int? PadId(InputTraits? ids)
    {
        int?[] named = [tokenizer.PadId, config.PadTokenId];
        int[] usable = [.. named.OfType<int>().Where(id => id >= 0 && !(id >= ids?.Rows))];
        return usable.Where(id => ids?.ComparedWith.Contains(id) == true).Concat(usable).Cast<int?>().FirstOrDefault();
    }

    /// <summary>Why shorter texts cannot be padded to the one length that a model takes; null if they can.</summary>
    private InferenceError? RefusePadding(InputTraits? ids, InputTraits? mask, bool knowsPadding)
    {
        const string Fixed = "takes only texts of one length";
        if (traits is null) return Unsupported($"{Fixed}, and its graph cannot be read. Export it with a dynamic sequence axis");
        bool masksItself = ids is { HidesPadding: true, ComparedWith.Count: > 0 };
        if (mask is not { IsRead: true } && !masksItself)
            return Unsupported($"{Fixed}, and nothing tells it which tokens are padding. Export it with an attention_mask or with a dynamic sequence axis");
        return knowsPadding
            ? null
            : Unsupported(
                $"{Fixed} and looks at the ids of padding, but no file names a padding token that fits. "
                + $"Give the tokenizer its pad_token, or {ModelConfig.FileName} its pad_token_id");
    }

    private InferenceError Unsupported(string what) => ModelTask.Unsupported(file, what);
}
