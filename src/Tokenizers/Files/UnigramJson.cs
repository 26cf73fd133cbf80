using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The settings of a Unigram token model.</summary>
internal static class UnigramJson
{
    public static UnigramModel Build(ModelJson json)
    {
        if (!json.HasScores)
            throw ModelJson.Error("model.vocab", "expected a list of pieces and scores.");
        if (json.Pieces.Count == 0)
            throw ModelJson.Error("model.vocab", "the vocabulary is empty. Copy the model's tokenizer.json again.");
        json.Allow("unk_id", "byte_fallback", "alpha", "nbest_size");
        foreach (string name in (ReadOnlySpan<string>)["alpha", "nbest_size"])
        {
            if (json.Find(name) is { } sampling)
                throw sampling.Error("sampling is not supported.");
        }

        // Required: without it the reference fails at the first character that no piece covers.
        JsonPlace unknown = json.Get("unk_id");
        int unknownId = unknown.Id();
        if (unknownId >= json.Pieces.Count)
            throw unknown.Error($"the vocabulary has only {json.Pieces.Count} pieces.");

        return UnigramModel.Of(json.Pieces, json.Scores, unknownId, json.Find("byte_fallback")?.Flag() ?? false);
    }
}
