using System.Buffers;
using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The model section: its pieces in one place, and its settings, which the kind of model then reads.</summary>
internal sealed class ModelJson(int fileLength) : IDisposable
{
    private readonly PieceList _pieces = new();
    private readonly Dictionary<string, JsonPlace> _settings = [];
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(fileLength);
    private int _length;
    private bool _isRead;
    private bool _hasPieces;

    public ReadOnlySpan<Piece> Pieces => _pieces.Pieces;

    /// <summary>The bytes of the pieces, which <see cref="Pieces"/> point into.</summary>
    public ReadOnlySpan<byte> PieceBytes => _bytes.AsSpan(0, _length);

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
                _settings[name] = new JsonPlace(TokenizerJson.FileName, $"model.{name}", JsonElement.ParseValue(ref reader));
        }
    }

    public TokenModel Build()
    {
        if (!_isRead)
            throw Error("", "\"model\" is missing.");
        // Files of old releases leave the type away.
        string type = Find("type")?.Text() ?? (_settings.ContainsKey("merges") ? "BPE" : "WordPiece");
        return type switch
        {
            "WordPiece" => WordPieceJson.Build(this),
            _ => throw Error("model.type", $"{type} is not supported, only WordPiece."),
        };
    }

    public JsonPlace Get(string name) => Find(name) ?? throw Error("model", $"\"{name}\" is missing.");

    /// <summary>A setting, or null where it is missing or null.</summary>
    public JsonPlace? Find(string name) => _settings.TryGetValue(name, out JsonPlace place) && !place.IsNull ? place : null;

    /// <summary>Refuses settings that the kind of model does not know.</summary>
    public void Allow(params ReadOnlySpan<string> names)
    {
        foreach ((string name, JsonPlace place) in _settings)
        {
            if (name != "type" && !names.Contains(name))
                throw place.Error("the setting is not supported.");
        }
    }

    /// <summary>Refuses a vocabulary that is not an object of pieces and ids, or is empty.</summary>
    public void RequirePieces()
    {
        if (!_hasPieces)
            throw Error("model.vocab", "an object of pieces and ids was expected.");
        if (Pieces.IsEmpty)
            throw Error("model.vocab", "the vocabulary is empty. Copy the model's tokenizer.json again.");
    }

    public void Dispose()
    {
        _pieces.Dispose();
        Pool.Release(ref _bytes);
    }

    // A piece has at least three bytes more in the file ("":), so the rented bytes hold them all.
    private void ReadVocabulary(ref Utf8JsonReader reader)
    {
        _hasPieces = true;
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

    public static TokenizerFileException Error(string place, string reason) => new(TokenizerJson.FileName, place, reason);
}
