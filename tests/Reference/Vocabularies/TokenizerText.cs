using System.Text.Json.Nodes;

namespace Thaw.Reference.Vocabularies;

/// <summary>Variants of a tokenizer.json.</summary>
public static class TokenizerText
{
    /// <summary>The text of a tokenizer.json with a change to its root.</summary>
    public static string With(string json, Action<JsonObject> change)
    {
        JsonObject root = JsonNode.Parse(json)!.AsObject();
        change(root);
        return root.ToJsonString();
    }

    public static JsonObject AddedToken(
        string content, int id, bool special = false,
        bool singleWord = false, bool stripLeft = false, bool stripRight = false, bool normalized = false) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = singleWord,
            ["lstrip"] = stripLeft,
            ["rstrip"] = stripRight,
            ["normalized"] = normalized,
            ["special"] = special,
        };
}
