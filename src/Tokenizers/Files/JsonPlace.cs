using System.Text;
using System.Text.Json;

namespace Thaw.Tokenizers.Files;

/// <summary>A value of a JSON file together with the place that messages name.</summary>
internal readonly record struct JsonPlace(string FileName, string Path, JsonElement Value)
{
    public const string DamagedJson = "the JSON is damaged. Copy the file again.";
    public const string HalfSurrogate = "an escape names half of a surrogate pair, which is not text.";

    public bool IsNull => Value.ValueKind == JsonValueKind.Null;

    public static JsonPlace Parse(string fileName, byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        try
        {
            var root = new JsonPlace(fileName, "", JsonElement.ParseValue(ref reader));
            if (reader.Read())
                throw root.Error("there is something behind the object");
            // Nothing may ask for a name that is not text.
            root.Properties().Count();
            return root;
        }
        catch (JsonException e)
        {
            throw new TokenizerFileException(fileName, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine}", DamagedJson, e);
        }
    }

    public TokenizerFileException Error(string reason) => new(FileName, Path, reason);

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

    public Rune Character()
    {
        string text = Text();
        return text.Length > 0 && Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw Error("one character was expected.");
    }

    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error("true or false was expected."),
    };

    public int Id() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int id) && id >= 0
        ? id
        : throw Error($"a whole number from 0 to {int.MaxValue} was expected, not {Value.GetRawText()}.");

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
            throw Error($"{expected} was expected, not {Value.ValueKind}.");
    }
}
