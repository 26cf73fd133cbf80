using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tiers;

/// <summary>Compares what two sessions of a model answer, before one takes the other's place.</summary>
internal static class TierCheck
{
    // Packing changes the order of sums, which shows in the sixth digit. What this has to find is other weights.
    private const float Tolerance = 1e-3f;

    /// <summary>Why <paramref name="candidate"/> cannot take the place of the present session; null when it can.</summary>
    public static string? Compare(LoadedModel model, OrtSession candidate)
    {
        using var texts = new TextBatch();
        Add(texts, "A short text."u8);
        Add(texts, "A somewhat longer one, to whose length the shorter is padded."u8);
        Result<TokenBatch> encoded = TokenBatch.Encode(model, texts, 0);
        if (encoded.Error is { } refused) return refused.Message;
        using TokenBatch batch = encoded.Value!;
        using Logits present = new(batch.Rows, model.Classification.Labels.Count), packed = new(batch.Rows, model.Classification.Labels.Count);
        using SessionUse use = model.Sessions.Use();
        if ((TextRunner.Run(model, use.Session, batch, present, 0) ?? TextRunner.Run(model, candidate, batch, packed, 0)) is { } failed) return failed.Message;
        ReadOnlySpan<float> expected = present.Rows(0, batch.Rows), actual = packed.Rows(0, batch.Rows);
        float scale = 1, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            // Max hands on what is not a number, and that is not within the tolerance either.
            difference = Math.Max(difference, Math.Abs(expected[i] - actual[i]));
        }

        return difference <= Tolerance * scale ? null : $"its answers differ by {difference}";
    }

    private static void Add(TextBatch texts, ReadOnlySpan<byte> text)
    {
        text.CopyTo(texts.Reserve(text.Length));
        texts.Commit(text.Length, secondOfPair: false);
    }
}
