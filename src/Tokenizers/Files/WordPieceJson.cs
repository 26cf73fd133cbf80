using System.Buffers;
using System.Text.Json;

namespace Thaw.Tokenizers;

internal sealed record WordPieceSettings(string UnknownToken, string ContinuingPrefix, int MaxCharsPerWord);

/// <summary>The model section of tokenizer.json.</summary>
internal sealed class WordPieceJson(int fileLength) : IDisposable
{
    private const string Supported = "is not supported, only WordPiece.";

    private readonly PieceList _pieces = new();
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(fileLength);
    private int _length;
    private string? _type;
    private string? _unknown;
    private string? _prefix;
    private int? _maxChars;
    private JsonTokenType _vocabulary;
    private bool _isRead;

    public void Read(ref Utf8JsonReader reader)
    {
        _isRead = true;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Error("model", "an object was expected.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "vocab" && reader.TokenType == JsonTokenType.StartObject)
                ReadVocabulary(ref reader);
            else
                ReadSetting(name, new JsonPlace(TokenizerJson.FileName, $"model.{name}", JsonElement.ParseValue(ref reader)));
        }
    }

    public (WordPieceSettings Settings, Vocabulary Vocabulary) Build()
    {
        if (!_isRead)
            throw Error("", "\"model\" is missing.");
        if (_vocabulary != JsonTokenType.StartObject)
            throw Error("model.vocab", "an object of pieces and ids was expected.");
        var settings = new WordPieceSettings(
            _unknown ?? throw Error("model", "\"unk_token\" is missing."),
            _prefix ?? throw Error("model", "\"continuing_subword_prefix\" is missing."),
            _maxChars ?? throw Error("model", "\"max_input_chars_per_word\" is missing."));
        if (_pieces.Pieces.IsEmpty)
            throw Error("model.vocab", "the vocabulary is empty. Copy the model's tokenizer.json again.");
        byte[] prefix = System.Text.Encoding.UTF8.GetBytes(settings.ContinuingPrefix);
        return (settings, new Vocabulary(_bytes.AsSpan(0, _length).ToArray(), _pieces.Pieces, prefix));
    }

    public void Dispose()
    {
        _pieces.Dispose();
        byte[] bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    // A piece has at least three bytes more in the file ("":), so the rented bytes hold them all.
    private void ReadVocabulary(ref Utf8JsonReader reader)
    {
        _vocabulary = JsonTokenType.StartObject;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Plain names are copied as they stand: the whole file is known to be UTF-8.
            int length = reader.ValueSpan.Length;
            if (reader.ValueIsEscaped)
                length = reader.CopyString(_bytes.AsSpan(_length));
            else
                reader.ValueSpan.CopyTo(_bytes.AsSpan(_length));
            if (length > Vocabulary.MaxPieceLength)
                throw Error($"model.vocab, byte {reader.TokenStartIndex}", $"a piece has {length} bytes. No piece is that long; the file is damaged.");
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
                throw Error($"model.vocab, byte {reader.TokenStartIndex}", $"a whole number from 0 to {int.MaxValue} was expected as the id.");
            _pieces.Add(new Piece(_length, length, id));
            _length += length;
        }
    }

    private void ReadSetting(string name, JsonPlace value)
    {
        switch (name)
        {
            case "type":
                _type = value.Text();
                if (_type != "WordPiece")
                    throw value.Error($"{_type} {Supported}");
                break;
            case "unk_token":
                _unknown = value.Text();
                break;
            case "continuing_subword_prefix":
                _prefix = value.Text();
                break;
            case "max_input_chars_per_word":
                _maxChars = value.Id() is > 0 and var most ? most : throw value.Error("at least 1 was expected.");
                break;
            case "vocab":
                _vocabulary = JsonTokenType.StartArray;
                break;
            case "merges" when _type is null:
                throw Error("model.type", $"BPE {Supported}");
            default:
                throw value.Error("the setting is not supported.");
        }
    }

    private static TokenizerFileException Error(string place, string reason) => new(TokenizerJson.FileName, place, reason);
}
