using Thaw.Inference.Architectures;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;

namespace Thaw.Inference.Loading;

/// <summary>Compares the answers of a model with its present weights and with others, before these replace them.</summary>
internal static class LayoutCheck
{
    // Another arrangement changes the order of additions, which shows in the sixth digit. The check is there to find different weights.
    private const float Tolerance = 1e-3f;

    /// <summary>Why <paramref name="candidate"/> cannot replace the current weights, or null if it can.</summary>
    public static string? Compare(LoadedModel model, WeightBinding candidate)
    {
        using var texts = new RequestTexts();
        Add(texts, "A short text."u8);
        Add(texts, "A longer text, so that the short one needs padding."u8);
        // Two texts are encoded without a pause.
        Result<EncodedTexts> encoding = EncodedTexts.EncodeAsync(model.Tokenizer, model.MaxTokens, model.TokenTypes, texts).AsTask().GetAwaiter().GetResult();
        if (!encoding.TryGet(out EncodedTexts? encoded, out InferenceError? refused)) return refused.Message;
        using EncodedTexts held = encoded;
        PaddedBatch batch = PaddedBatch.Next(encoded, 0, model.Inputs);
        using FloatRows present = new(batch.RunRows, model.Task.Width), other = new(batch.RunRows, model.Task.Width);
        using SessionUse current = model.Weights.Use(batch.RunRows, batch.Columns), replacement = candidate.Use(batch.RunRows, batch.Columns);
        InferenceError? failed = TextRunner.Run(model.Inputs, model.Task, current, batch, present)
            ?? TextRunner.Run(model.Inputs, model.Task, replacement, batch, other);
        if (failed is not null) return failed.Message;
        ReadOnlySpan<float> expected = present.Rows(0, batch.Rows), actual = other.Rows(0, batch.Rows);
        float scale = 1, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            // Max propagates NaN, which fails the comparison below.
            difference = Math.Max(difference, Math.Abs(expected[i] - actual[i]));
        }

        return difference <= Tolerance * scale ? null : $"its answers differ by {difference}";
    }

    private static void Add(RequestTexts texts, ReadOnlySpan<byte> text)
    {
        text.CopyTo(texts.Reserve(text.Length));
        texts.Commit(text.Length, secondOfPair: false);
    }
}
