using Thaw.Inference.Files;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;
using Thaw.Tokenizers;

namespace Thaw.Inference.Tasks;

/// <summary>Finds out what the inputs of a model are for, and which texts it can be given.</summary>
/// <param name="file">The model file's name, for messages.</param>
/// <param name="traits">What the graph says; null if that is not known.</param>
internal sealed class InputFinder(string file, GraphTraits? traits, ModelConfig config, Tokenizer tokenizer)
{
    // Token limit of a text if neither a file nor the graph gives one: what BERT was trained with.
    private const int DefaultMaxTokens = 512;

    // Of a run whose shape is fixed: 64 texts of 512 tokens.
    internal const int MostTokensOfRun = 32 << 10;

    // Elements of an input that nothing reads.
    private const int MostUnused = 1 << 20;

    public Result<TextInputs> Find(IReadOnlyList<TensorInfo> inputs)
    {
        if (inputs.Count > TextInputs.Most) return Unsupported($"has {inputs.Count} inputs; the limit is {TextInputs.Most}");
        List<TextInput> found = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            if (!Find(inputs, i).TryGet(out TextInput? input, out InferenceError? refused)) return refused;
            if (input.Role != InputRole.Unused && found.Find(other => other.Role == input.Role) is { } twin)
                return Unsupported($"has two inputs for the same thing, '{inputs[twin.Index].Name}' and '{inputs[i].Name}'");
            found.Add(input);
        }

        if (found.Find(input => input.Role == InputRole.Ids) is not { } ids)
            return Unsupported($"has no input for token ids, such as input_ids, only {string.Join(", ", inputs.Select(input => input.Name))}");
        if (FixedAxis(inputs, found, 0, out int? rows) is { } noRows) return noRows;
        if (FixedAxis(inputs, found, 1, out int? columns) is { } noColumns) return noColumns;
        if ((long)(rows ?? 1) * (columns ?? 1) > MostTokensOfRun)
            return Unsupported($"takes runs of {rows ?? 1} texts of {columns ?? 1} tokens; the limit is {MostTokensOfRun} tokens. Export it with dynamic axes");
        return Fit(new TextInputs { All = found, Rows = rows, Columns = columns }, inputs, ids);
    }

    /// <summary>Fits the texts to the shape that every run must have: which padding there is, and the limits.</summary>
    private Result<TextInputs> Fit(TextInputs shape, IReadOnlyList<TensorInfo> inputs, TextInput ids)
    {
        InputTraits? Of(InputRole role) => shape.All.FirstOrDefault(input => input.Role == role) is { } input ? traits?.Of(inputs[input.Index].Name) : null;
        InputTraits? idTraits = Of(InputRole.Ids), mask = Of(InputRole.Mask);
        if (idTraits?.Rows is { } tokens && tokenizer.HighestId >= tokens)
        {
            return Unsupported(
                $"has a table of {tokens} tokens for '{inputs[ids.Index].Name}', but its tokenizer has ids up to {tokenizer.HighestId}. "
                + "Give it the tokenizer that it was trained with");
        }

        int? padId = PadId(idTraits);
        bool knowsPadding = idTraits is { IsReadOtherwise: false } && idTraits.ComparedWith.All(number => number == padId);
        bool hides = knowsPadding && mask is { IsRead: true, HidesPadding: true };
        InferenceError? noPadding = RefusePadding(idTraits, mask, knowsPadding);
        if (shape.Columns is not null && noPadding is not null) return noPadding;

        bool hasPositions = shape.All.Any(input => input.Role == InputRole.PositionIds);
        int first = config.PositionsFollowPadding ? (config.PadTokenId ?? ModelConfig.DefaultPadTokenId) + 1 : 0;
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
                $"{Fixed} and looks for padding among the ids, but no file names the token that it looks for. "
                + $"Give the tokenizer its pad_token, or {ModelConfig.FileName} its pad_token_id");
    }

    private Result<TextInput> Find(IReadOnlyList<TensorInfo> inputs, int index)
    {
        TensorInfo input = inputs[index];
        InputTraits? known = traits?.Of(input.Name);
        InputRole? role = InputNames.RoleOf(input.Name);
        // A lookup in a table makes the only input, whatever it is called, that of the tokens.
        if (role is null && inputs.Count == 1 && known?.Rows is not null) role = InputRole.Ids;
        if (role is null && known?.IsUsed == false) role = InputRole.Unused;
        if (role is null)
        {
            return Unsupported(
                $"has the input '{input.Name}'. It can be given token ids, an attention mask, token types and positions, under the names that exporters "
                + "give them: input_ids, attention_mask, token_type_ids and position_ids");
        }

        bool isInteger = input.ElementType is TensorElementType.Int64 or TensorElementType.Int32;
        bool isNumber = isInteger || input.ElementType is TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.Float64
            or TensorElementType.Bool or TensorElementType.Int8 or TensorElementType.UInt8;
        if (role is InputRole.Unused)
        {
            long elements = input.Shape.Aggregate(1L, (count, dimension) => Math.Min(MostUnused + 1L, count * Math.Max(1, dimension)));
            if (!isNumber || elements > MostUnused)
            {
                return Unsupported(
                    $"has the input '{input.Name}' of type {input.ElementType}, which nothing reads and which cannot be given. Export it without");
            }

            return new TextInput(index, InputRole.Unused, input.ElementType, input.Shape);
        }

        if (!(role == InputRole.Mask ? isNumber : isInteger))
        {
            string expected = role == InputRole.Mask ? "it must be an integer, a float or a bool" : "it must be Int64 or Int32";
            return Unsupported($"has the input '{input.Name}' of type {input.ElementType}; {expected}");
        }

        return input.Shape.Count is 0 or 2
            ? new TextInput(index, role.Value, input.ElementType, input.Shape)
            : Unsupported($"has the input '{input.Name}' with {input.Shape.Count} dimensions; it must be [batch, sequence]");
    }

    /// <summary>The size of an axis that is the same in every run.</summary>
    private InferenceError? FixedAxis(IReadOnlyList<TensorInfo> inputs, List<TextInput> found, int axis, out int? size)
    {
        size = null;
        foreach (TextInput input in found.Where(input => input.Role != InputRole.Unused && input.Shape.Count == 2 && input.Shape[axis] >= 0))
        {
            long fixedSize = input.Shape[axis];
            if (fixedSize is < 1 or > MostTokensOfRun || (size is { } other && other != fixedSize))
            {
                string shapes = string.Join(", ", inputs.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]"));
                return Unsupported($"has inputs whose shapes do not fit together or cannot be given: {shapes}. Export it with dynamic axes");
            }

            size = (int)fixedSize;
        }

        return null;
    }

    private InferenceError Unsupported(string what) => ModelTask.Unsupported(file, what);
}
