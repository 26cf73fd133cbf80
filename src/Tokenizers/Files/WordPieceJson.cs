using System.Text;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The settings of a WordPiece model.</summary>
internal static class WordPieceJson
{
    public static WordPieceModel Build(ModelJson json)
    {
        json.RequireIds();
        json.Allow("unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        string unknown = json.Get("unk_token").Text();
        byte[] prefix = Encoding.UTF8.GetBytes(json.Get("continuing_subword_prefix").Text());
        JsonPlace longest = json.Get("max_input_chars_per_word");
        int maxCharsPerWord = longest.Id() is > 0 and var most ? most : throw longest.Error("at least 1 was expected.");

        var vocabulary = Vocabulary.Of(json.Pieces, prefix);
        return vocabulary.TryGetId(Encoding.UTF8.GetBytes(unknown), out int unknownId)
            ? new WordPieceModel(vocabulary, unknownId, maxCharsPerWord)
            : throw NoUnknown(TokenizerJson.FileName, "model.vocab", unknown);
    }

    public static TokenizerFileException NoUnknown(string fileName, string place, string unknown) =>
        new(fileName, place, $"the vocabulary has no \"{unknown}\", which stands for unknown words. Copy the model's vocabulary again, or name its unk_token.");
}
