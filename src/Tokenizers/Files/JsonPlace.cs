using System.Text;
using System.Text.Json;

namespace Thaw.Tokenizers.Files;

/// <summary>A value in a JSON file, with its place for messages.</summary>
internal readonly record struct JsonPlace(string FileName, string Path, JsonElement Value)
{
    public const string DamagedJson = "the JSON is damaged. Copy the file again.";
    public const string HalfSurrogate = "an escape sequence is half of a surrogate pair, which is not valid text.";

    /// <summary>Whether the value is null, or is not in the file at all (as in a default instance).</summary>
    public bool IsAbsent => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public static JsonPlace Parse(string fileName, byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        try
        {
            var root = new JsonPlace(fileName, "", JsonElement.ParseValue(ref reader));
            if (reader.Read())
                throw root.Error("there is more text after the JSON value. Copy the file again.");
            // Refuses names that are not valid text, before anything reads them.
            root.Properties().Count();
            return root;
        }
        catch (JsonException e)
        {
            throw new TokenizerFileException(fileName, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine}", DamagedJson, e);
        }
    }

    public TokenizerFileException Error(string reason) => new(FileName, Path, reason);

    /// <summary>A property, which may be null in the file; null if the file does not have it.</summary>
    public JsonPlace? Find(string name)
    {
        RequireKind(JsonValueKind.Object, "an object");
        try
        {
            return Value.TryGetProperty(name, out JsonElement value) ? Inside(name, value) : null;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFileException(FileName, Path, HalfSurrogate, e);
        }
    }

    /// <summary>A property; null if the file does not have it, or if it is null there.</summary>
    public JsonPlace? FindValue(string name) => Find(name) is { IsAbsent: false } place ? place : null;

    public JsonPlace Get(string name) => Find(name) ?? throw Error($"\"{name}\" is missing.");

    public string Text()
    {
        RequireKind(JsonValueKind.String, "a string");
        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFileException(FileName, Path, HalfSurrogate, e);
        }
    }

    public byte[] Utf8() => Encoding.UTF8.GetBytes(Text());

    public byte[] NotEmptyUtf8() => Utf8() is { Length: > 0 } bytes ? bytes : throw Error("it must not be empty.");

    public byte[] CharacterUtf8() => Encoding.UTF8.GetBytes(Character().ToString());

    public Rune Character()
    {
        string text = Text();
        return text.Length > 0 && Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw Error("expected one character.");
    }

    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error("expected true or false."),
    };

    public int Id() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int id) && id >= 0
        ? id
        : throw Error($"expected a whole number from 0 to {int.MaxValue}, not {Value.GetRawText()}.");

    public IEnumerable<JsonPlace> Items()
    {
        RequireKind(JsonValueKind.Array, "a list");
        int index = 0;
        foreach (JsonElement item in Value.EnumerateArray())
            yield return new JsonPlace(FileName, $"{Path}[{index++}]", item);
    }

    public IEnumerable<(string Name, JsonPlace Value)> Properties()
    {
        RequireKind(JsonValueKind.Object, "an object");
        foreach (JsonProperty property in Value.EnumerateObject())
        {
            string name = NameOf(property);
            yield return (name, Inside(name, property.Value));
        }
    }

    private JsonPlace Inside(string name, JsonElement value) => new(FileName, Path.Length == 0 ? name : $"{Path}.{name}", value);

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFileException(FileName, Path, HalfSurrogate, e);
        }
    }

    private void RequireKind(JsonValueKind kind, string expected)
    {
        if (Value.ValueKind != kind)
            throw Error($"expected {expected}, not {Value.ValueKind}.");
    }
}
