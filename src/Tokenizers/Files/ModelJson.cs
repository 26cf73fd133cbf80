using System.Text.Json;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Files;

/// <summary>The model section: its long lists, and its settings, which the kind of token model then reads.</summary>
internal sealed class ModelJson(byte[] file) : IDisposable
{
    private readonly Dictionary<string, JsonPlace> _settings = [];
    private double[] _scores = [];
    private bool _isRead;

    /// <summary>Pieces with their ids, in the order of the file.</summary>
    public PieceList Pieces { get; } = new();

    /// <summary>The score of each piece if the vocabulary is a list of pieces and scores; otherwise empty.</summary>
    public ReadOnlySpan<double> Scores => _scores.AsSpan(0, HasScores ? Pieces.Count : 0);

    /// <summary>The pieces that are merged, two per merge.</summary>
    public PieceList Merges { get; } = new();

    public bool HasIds { get; private set; }

    public bool HasScores { get; private set; }

    public bool HasMerges { get; private set; }

    /// <summary>Reads the section and moves the reader to its end.</summary>
    /// <param name="read">Bytes of the file before those of the reader; grows by the lists, which the reader does not read itself.</param>
    public void Read(ref Utf8JsonReader reader, ref int read)
    {
        _isRead = true;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Error("model", "expected an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name is "vocab" or "merges" && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                ReadList(name, ref reader, ref read);
            else
                _settings[name] = new JsonPlace(TokenizerJson.FileName, $"model.{name}", JsonElement.ParseValue(ref reader));
        }
    }

    /// <summary>Makes the token model.</summary>
    /// <param name="isByteLevel">Whether the pre-tokenizer maps texts into the byte-level alphabet.</param>
    public TokenModel Build(bool isByteLevel)
    {
        if (!_isRead)
            throw Error("", "\"model\" is missing.");
        // Files of old releases omit the type.
        string type = Find("type")?.Text() ?? (HasMerges ? "BPE" : HasScores ? "Unigram" : "WordPiece");
        if (isByteLevel && type != "BPE")
            throw Error("pre_tokenizer", $"ByteLevel is not supported with a {type} model, only with BPE.");
        return type switch
        {
            "WordPiece" => WordPieceJson.Build(this),
            "BPE" => BpeJson.Build(this, isByteLevel),
            "Unigram" => UnigramJson.Build(this),
            _ => throw Error("model.type", $"{type} is not supported, only WordPiece, BPE and Unigram."),
        };
    }

    public JsonPlace Get(string name) => Find(name) ?? throw Error("model", $"\"{name}\" is missing.");

    /// <summary>A setting; null if it is missing, or null in the file.</summary>
    public JsonPlace? Find(string name) => _settings.TryGetValue(name, out JsonPlace place) && !place.IsAbsent ? place : null;

    /// <summary>Refuses settings that the kind of token model does not have.</summary>
    public void Allow(params ReadOnlySpan<string> names)
    {
        if (HasMerges && !names.Contains("merges"))
            throw Error("model.merges", "the setting is not supported.");
        foreach ((string name, JsonPlace place) in _settings)
        {
            if (name != "type" && !names.Contains(name))
                throw place.Error("the setting is not supported.");
        }
    }

    /// <summary>Refuses a vocabulary that is empty, or not an object that maps pieces to ids.</summary>
    public void RequireIds()
    {
        if (!HasIds)
            throw Error("model.vocab", "expected an object that maps pieces to ids.");
        if (Pieces.Count == 0)
            throw Error("model.vocab", "the vocabulary is empty. Copy the model's tokenizer.json again.");
    }

    public void Dispose()
    {
        Pieces.Dispose();
        Merges.Dispose();
        Pool.Release(ref _scores);
    }

    private void ReadList(string name, ref Utf8JsonReader reader, ref int read)
    {
        var scanner = new ModelScanner(TokenizerJson.FileName, file, read + (int)reader.BytesConsumed, $"model.{name}");
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        if (name == "merges")
        {
            if (isObject)
                throw Error("model.merges", "expected a list of merges.");
            HasMerges = true;
            scanner.ReadMerges(Merges);
        }
        else if (HasIds || HasScores)
            throw Error("model.vocab", "it appears twice.");
        else if (isObject)
        {
            HasIds = true;
            // In the file each piece needs at least four more bytes ("":0), so this is enough for most files.
            Pieces.ReserveBytes(file.Length / 2);
            scanner.ReadIds(Pieces);
        }
        else
        {
            HasScores = true;
            scanner.ReadScores(Pieces, ref _scores);
        }

        // The reader continues at the closing bracket, as if the list were empty.
        read = scanner.Position;
        reader = new Utf8JsonReader(file.AsSpan(read), isFinalBlock: true, reader.CurrentState);
        reader.Read();
    }

    public static TokenizerFileException Error(string place, string reason) => new(TokenizerJson.FileName, place, reason);
}
