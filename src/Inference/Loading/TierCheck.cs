using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Inference.Tiers;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>Compares what two sessions of a model answer, before one takes the other's place.</summary>
internal static class TierCheck
{
    // Packing changes the order of sums, which shows in the sixth digit. What this has to find is other weights.
    private const float Tolerance = 1e-3f;

    /// <summary>Why <paramref name="candidate"/> cannot take the place of the present session; null when it can.</summary>
    public static string? Compare(LoadedModel model, OrtSession candidate)
    {
        using var texts = new RequestTexts();
        Add(texts, "A short text."u8);
        Add(texts, "A somewhat longer one, to whose length the shorter is padded."u8);
        if (!EncodedTexts.Encode(model.Tokenizer, model.MaxTokens, texts).TryGet(out EncodedTexts? encoded, out InferenceError? refused)) return refused.Message;
        using EncodedTexts held = encoded;
        PaddedBatch batch = PaddedBatch.Next(encoded, 0);
        using FloatRows present = new(batch.Rows, model.Task.Width), packed = new(batch.Rows, model.Task.Width);
        using SessionUse use = model.Sessions.Use();
        if ((TextRunner.Run(model, use.Session, batch, present) ?? TextRunner.Run(model, candidate, batch, packed)) is { } failed) return failed.Message;
        ReadOnlySpan<float> expected = present.Rows(0, batch.Rows), actual = packed.Rows(0, batch.Rows);
        float scale = 1, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            // Max passes NaN on, and that is not within the tolerance either.
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
