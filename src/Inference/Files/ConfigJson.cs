using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Thaw.Inference.Files;

/// <summary>
/// A JSON file as Python's json module reads and writes it: with a byte order mark or without, with NaN and infinities, with whole numbers that may
/// be written as 128.0. Of a key that is there twice the last one counts. Values that are not what they must be are remembered, the first of them
/// as <see cref="Problem"/>, and read as if they were absent.
/// </summary>
internal sealed class ConfigJson : IDisposable
{
    // Python's own limit is about this.
    private const int DeepestNesting = 1000;

    private readonly JsonDocument _document;

    private ConfigJson(JsonDocument document) => _document = document;

    /// <summary>The first thing that is wrong, with its place in the file; null if nothing is.</summary>
    public string? Problem { get; private set; }

    /// <param name="problem">If the result is null, why it cannot be read.</param>
    public static ConfigJson? TryParse(ReadOnlySpan<byte> utf8, out string? problem)
    {
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        problem = Utf8.IsValid(utf8) ? null : "it is not UTF-8";
        if (problem is not null) return null;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(PythonNumbers.Quote(utf8), new JsonDocumentOptions { MaxDepth = DeepestNesting });
        }
        catch (JsonException exception)
        {
            problem = $"it is not valid JSON, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return null;
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return new ConfigJson(document);
        document.Dispose();
        problem = "it must contain a JSON object";
        return null;
    }

    /// <summary>A value of the file, by the names of the objects around it and its own; null if it is absent, or null there.</summary>
    public JsonElement? Find(params ReadOnlySpan<string> path)
    {
        JsonElement value = _document.RootElement;
        foreach (string name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !TryGet(value, name, out value)) return null;
        }

        return value.ValueKind == JsonValueKind.Null ? null : value;
    }

    public string? Text(params ReadOnlySpan<string> path)
    {
        if (Find(path) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && TryText(value, out string? text)) return text;
        Wrong(string.Join('.', path!), "text");
        return null;
    }

    /// <summary>A number without a fraction from -2^31 to 2^31 - 1.</summary>
    public int? WholeNumber(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Truncate(number)
            && number is >= int.MinValue and <= int.MaxValue)
        {
            return (int)number;
        }

        Wrong(name, $"a whole number of at most {int.MaxValue}");
        return null;
    }

    /// <summary>A list of texts; empty if it is absent.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } list) return [];
        List<string> texts = [];
        if (list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in list.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String || !TryText(item, out string? text)) break;
                texts.Add(text);
            }

            if (texts.Count == list.GetArrayLength()) return texts;
        }

        Wrong(name, "a list of texts");
        return [];
    }

    /// <summary>The value as Python's str() writes it; null if it is a list or an object.</summary>
    public static string? PythonText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => TryText(value, out string? text) ? text : null,
        JsonValueKind.Number => PythonNumbers.Text(value.GetRawText()),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null => "None",
        _ => null,
    };

    /// <summary>The names and values of an object, in the order of the file; those that are there twice are twice here.</summary>
    public IReadOnlyList<(string Name, JsonElement Value)> Properties(string path, JsonElement value)
    {
        try
        {
            return [.. value.EnumerateObject().Select(property => (property.Name, property.Value))];
        }
        catch (InvalidOperationException)
        {
            Wrong(path, "an object whose names are whole characters");
            return [];
        }
    }

    /// <summary>Remembers that a value is not what it must be, unless something was wrong before it.</summary>
    public void Wrong(string path, string expected) => Problem ??= $"{path} must be {expected}";

    public void Dispose() => _document.Dispose();

    private bool TryGet(JsonElement value, string name, out JsonElement found)
    {
        try
        {
            return value.TryGetProperty(name, out found);
        }
        catch (InvalidOperationException)
        {
            Wrong("the name of each value", "whole characters, not half of a surrogate pair");
            found = default;
            return false;
        }
    }

    /// <returns>False if an escape sequence in it is half of a surrogate pair.</returns>
    private static bool TryText(JsonElement value, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }
}
