using System.Text;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The settings of a WordPiece token model.</summary>
internal static class WordPieceJson
{
    public static WordPieceModel Build(ModelJson json)
    {
        json.RequireIds();
        json.Allow("unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        string unknown = json.Get("unk_token").Text();
        byte[] prefix = json.Get("continuing_subword_prefix").Utf8();
        JsonPlace longest = json.Get("max_input_chars_per_word");
        int maxCharsPerWord = longest.Id() is > 0 and var most ? most : throw longest.Error("expected at least 1.");

        var vocabulary = Vocabulary.Of(json.Pieces, prefix);
        return vocabulary.TryGetId(Encoding.UTF8.GetBytes(unknown), out int unknownId)
            ? new WordPieceModel(vocabulary, unknownId, maxCharsPerWord)
            : throw NoUnknown(TokenizerJson.FileName, "model.vocab", unknown);
    }

    public static TokenizerFileException NoUnknown(string fileName, string place, string unknown) =>
        new(fileName, place, $"the vocabulary has no \"{unknown}\", the token for unknown words. Copy the vocabulary again, or set \"unk_token\".");
}
