using Thaw.Inference.Architectures;
using Thaw.Inference.Batching;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;
using Thaw.Tokenizers;

namespace Thaw.Inference.Loading;

/// <summary>
/// Finds out with a few short runs what neither the declared axes nor the graph tell: whether numbers in the graph are the shape of the example that
/// it was exported with, whether an output without a declared shape is [batch, labels], and whether a mask of an unusual name or type means what
/// masks mean. Models of ordinary exporters give no reason for it.
/// </summary>
/// <param name="file">The model file's name, for messages.</param>
internal sealed class InputTrial(string file, Tokenizer tokenizer, ModelTask task, WeightLoad load)
{
    // In tokens; with fewer a fixed length could be hidden by broadcasting.
    private const int Short = 5, Long = 9;

    // Another shape changes the order of additions, which shows in the sixth digit.
    private const float Tolerance = 1e-3f;

    private string? _failure;

    /// <returns>The inputs with the numbers of texts and tokens that every run must have.</returns>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime is out of memory.</exception>
    public Result<TextInputs> Settle(TextInputs inputs)
    {
        FixedSize[] sizes = [.. Sizes(inputs)];
        TextInput? mask = inputs.All.FirstOrDefault(input => input.Role == InputRole.Mask);
        bool isUnsure = inputs.HidesPadding && mask is not null
            && (mask.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32) || InputNames.IsAmbiguousMask(load.Inputs[mask.Index].Name));
        bool isUndeclared = load.Outputs[task.Outputs[0]].Shape is not ([_] or [_, > 0]);
        if (mask is not null && !inputs.HidesPadding && load.Inputs[mask.Index].Name is var name && InputNames.IsAmbiguousMask(name)
            && load.Traits?.Of(name)?.IsRead != false)
        {
            return ModelTask.Unsupported(
                file,
                $"has the input '{name}', and neither this name nor the graph says whether 1 means a token or padding. "
                + "Export it named attention_mask, with 1 for tokens");
        }

        if (sizes.Length == 0 && !isUnsure && !isUndeclared) return inputs;

        if (!Encode(inputs).TryGet(out EncodedTexts? texts, out InferenceError? refused)) return refused;
        using EncodedTexts held = texts;
        if (sizes.Length > 0)
        {
            if (Candidates(inputs, sizes).FirstOrDefault(candidate => Works(candidate, texts)) is not { } found)
            {
                string reason = _failure is null ? "" : $". ONNX Runtime says: {_failure.TrimEnd('.')}";
                return ModelTask.Unsupported(
                    file, $"has the shape of an example in its graph, and runs right with neither that shape nor others. Export it with dynamic axes{reason}");
            }

            if (found.Columns is not null && inputs.Columns is null && found.NoPadding is { } noPadding) return noPadding;
            inputs = found;
        }

        if (sizes.Length == 0 && isUndeclared && Answer(inputs, texts, 1, 2) is null)
        {
            string output = load.Outputs[task.Outputs[0]].Name;
            return ModelTask.Unsupported(file, $"does not say what shape its output '{output}' has, and does not run as one that classifies texts: {_failure}");
        }

        return isUnsure && !IsMask(inputs, texts)
            ? ModelTask.Unsupported(
                file,
                $"gives '{load.Inputs[mask!.Index].Name}' another meaning than 1 for tokens and 0 for padding: the padding changes its answers. "
                + "Export it with such a mask, named attention_mask")
            : inputs;
    }

    /// <summary>The numbers that could belong to axes which are declared as dynamic.</summary>
    private IEnumerable<FixedSize> Sizes(TextInputs inputs)
    {
        IEnumerable<FixedSize> sizes = load.Traits?.FixedSizes ?? [];
        if (load.Outputs[task.Outputs[0]].Shape is [> 0 and <= int.MaxValue and var rows, ..]) sizes = sizes.Append(new FixedSize((int)rows, null));
        return sizes
            .Select(size => new FixedSize(inputs.Rows is null ? size.Rows : null, inputs.Columns is null ? size.Columns : null))
            .Where(size => size is not { Rows: null, Columns: null });
    }

    /// <summary>First with dynamic axes.</summary>
    private static IEnumerable<TextInputs> Candidates(TextInputs inputs, FixedSize[] sizes)
    {
        int?[] rows = [null, .. sizes.Select(size => size.Rows).OfType<int>().Distinct().Order().Cast<int?>()];
        int?[] columns = [null, .. sizes.Select(size => size.Columns).OfType<int>().Distinct().Order().Cast<int?>()];
        return
            from row in rows
            from column in columns
            where (long)(row ?? 1) * (column ?? 1) <= InputFinder.MostTokensOfRun
            orderby (row is null ? 0 : 1) + (column is null ? 0 : 1)
            select inputs with
            {
                Rows = row ?? inputs.Rows,
                Columns = column ?? inputs.Columns,
                MaxTokens = Math.Min(inputs.MaxTokens, column ?? int.MaxValue),
            };
    }

    /// <summary>Whether texts of two lengths run, and one has the same answer alone and beside another.</summary>
    private bool Works(TextInputs inputs, EncodedTexts texts)
    {
        if (Answer(inputs, texts, 0, 1) is null || Answer(inputs, texts, 1, 2) is not { } pair || Answer(inputs, texts, 2, 1) is not { } alone) return false;
        return AreEqual(pair.AsSpan(task.Width), alone);
    }

    /// <summary>Whether the ids of padding change nothing.</summary>
    private bool IsMask(TextInputs inputs, EncodedTexts texts)
    {
        TextInputs padded = inputs with { Columns = inputs.Columns ?? Long, HidesPadding = true };
        float[]? one = Answer(padded, texts, 0, 1), other = Answer(padded with { PadId = texts.Ids(0)[texts.Length(0) / 2] }, texts, 0, 1);
        return one is not null && other is not null && AreEqual(one, other);
    }

    /// <summary>The rows of some texts of equal length; null if they do not run.</summary>
    private float[]? Answer(TextInputs inputs, EncodedTexts texts, int first, int count)
    {
        using var rows = new FloatRows(first + count + (inputs.Rows ?? 1), task.Width);
        for (int done = 0; done < count;)
        {
            PaddedBatch batch = PaddedBatch.Next(texts, first + done, inputs);
            // Not those behind the last.
            batch = batch with { Rows = Math.Min(batch.Rows, count - done), RunRows = inputs.Rows ?? Math.Min(batch.Rows, count - done) };
            try
            {
                using SessionUse use = load.Binding.Use(batch.RunRows, batch.Columns);
                _failure = TextRunner.Run(inputs, task, use, batch, rows)?.Message;
            }
            catch (OnnxRuntimeException exception) when (!exception.IsOutOfMemory)
            {
                _failure = exception.Message;
            }

            if (_failure is not null) return null;
            done += batch.Rows;
        }

        return rows.Rows(first, count).ToArray();
    }

    private static bool AreEqual(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            // False for NaN.
            if (!(Math.Abs(left[i] - right[i]) <= Tolerance * Math.Max(1, Math.Abs(left[i])))) return false;
        }

        return true;
    }

    /// <summary>A short text and two longer ones.</summary>
    private Result<EncodedTexts> Encode(TextInputs inputs)
    {
        using var texts = new RequestTexts();
        Add("one two three four five six seven eight nine ten eleven twelve"u8);
        Add("one two three four five six seven eight nine ten eleven twelve"u8);
        Add("nine eight seven six five four three two one zero one two three"u8);
        texts.SetLimits(0, Math.Min(Short, inputs.MaxTokens), truncate: true);
        texts.SetLimits(1, Math.Min(Long, inputs.MaxTokens), truncate: true);
        return EncodedTexts.EncodeAsync(tokenizer, inputs.MaxTokens, inputs.Types, texts).AsTask().GetAwaiter().GetResult();

        void Add(ReadOnlySpan<byte> text)
        {
            text.CopyTo(texts.Reserve(text.Length));
            texts.Commit(text.Length, secondOfPair: false);
        }
    }
}
