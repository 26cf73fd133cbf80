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

    /// <summary>BERT's uncased tokenizer over these pieces: [UNK] is 1, [CLS] 2 and [SEP] 3.</summary>
    /// <param name="specials">How many of the first pieces are special tokens.</param>
    public static JsonObject WordPiece(string[] pieces, int specials)
    {
        JsonObject root = JsonNode.Parse("""
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}}
            """)!.AsObject();
        root["model"]!["vocab"] = new JsonObject(pieces.Select((piece, id) => KeyValuePair.Create(piece, (JsonNode?)id)));
        for (int id = 0; id < specials; id++) root["added_tokens"]!.AsArray().Add(AddedToken(pieces[id], id, special: true));
        return root;
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
