using System.Globalization;
using System.Text.Json;

namespace Thaw.Inference.Files;

/// <summary>Reads the names of a model's classes from config.json: id2label, else label2id.</summary>
internal static class ModelLabels
{
    /// <summary>The name of each class, by its number; empty if the file has no names, or wrong ones.</summary>
    public static string[] Read(ConfigJson json) =>
        json.Find("id2label") is { } names ? ReadNames(json, names) : json.Find("label2id") is { } numbers ? ReadNumbers(json, numbers) : [];

    private static string[] ReadNames(ConfigJson json, JsonElement names)
    {
        const string Place = "id2label";
        List<(string Id, JsonElement Label)> entries;
        if (names.ValueKind == JsonValueKind.Object) entries = [.. json.Properties(Place, names)];
        else if (names.ValueKind == JsonValueKind.Array) entries = [.. names.EnumerateArray().Select((label, id) => ($"{id}", label))];
        else return Refuse(json, Place, "an object that names each class by its number, such as {\"0\": \"negative\", \"1\": \"positive\"}");

        var labels = new string[entries.Count];
        foreach ((string id, JsonElement label) in entries)
        {
            if (ConfigJson.PythonText(label) is not { } text) return Refuse(json, $"{Place}.{id}", "text, a number, true, false or null");
            if (!TryPlace(labels, id, NumberStyles.Integer, text))
                return Refuse(json, Place, $"the name of each class from 0 to {labels.Length - 1} once; '{id}' does not fit");
        }

        return labels;
    }

    private static string[] ReadNumbers(ConfigJson json, JsonElement numbers)
    {
        const string Place = "label2id";
        if (numbers.ValueKind != JsonValueKind.Object) return Refuse(json, Place, "an object that numbers each class");
        IReadOnlyList<(string Label, JsonElement Id)> entries = json.Properties(Place, numbers);
        var labels = new string[entries.Count];
        foreach ((string label, JsonElement id) in entries)
        {
            if (!TryPlace(labels, ConfigJson.PythonText(id), NumberStyles.Integer | NumberStyles.AllowDecimalPoint, label))
                return Refuse(json, Place, $"the number of each class from 0 to {labels.Length - 1} once; that of '{label}' does not fit");
        }

        return labels;
    }

    private static bool TryPlace(string[] labels, string? id, NumberStyles style, string label)
    {
        bool fits = int.TryParse(id, style, CultureInfo.InvariantCulture, out int index) && index >= 0 && index < labels.Length && labels[index] is null;
        if (fits) labels[index] = label;
        return fits;
    }

    private static string[] Refuse(ConfigJson json, string place, string expected)
    {
        json.Wrong(place, expected);
        return [];
    }
}
