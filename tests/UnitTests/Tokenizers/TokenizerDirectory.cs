using System.Text.Json.Nodes;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>A temporary directory with tokenizer files.</summary>
internal sealed class TokenizerDirectory : IDisposable
{
    public static readonly string[] Pieces =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cafe", "café", "caf", "##e", "##é", "un", "##want", "##ed", "runn", "##ing",
        "!", "?", "-", "a", "b", "##a", "##b", "中", "文", "i", "i\u0307", "straße", "A", "CAFE", "\u03C3", "hello", "world",
    ];

    public string Path { get; } = Directory.CreateTempSubdirectory("thaw-tokenizer-").FullName;

    public static TokenizerDirectory WithVocabulary(string? config = null, string? pieces = null)
    {
        var directory = new TokenizerDirectory();
        directory.Write("vocab.txt", pieces ?? string.Join('\n', Pieces) + "\n");
        if (config is not null)
            directory.Write("tokenizer_config.json", config);
        return directory;
    }

    public static TokenizerDirectory WithJson(Action<JsonNode>? change = null)
    {
        JsonNode root = Json();
        change?.Invoke(root);
        var directory = new TokenizerDirectory();
        directory.Write("tokenizer.json", root.ToJsonString());
        return directory;
    }

    public static JsonNode Json()
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < Pieces.Length; id++)
            vocabulary[Pieces[id]] = id;
        JsonNode root = JsonNode.Parse("""
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}}
            """)!;
        root["model"]!["vocab"] = vocabulary;
        foreach (string special in Pieces.Take(5))
            root["added_tokens"]!.AsArray().Add(Added(special, vocabulary[special]!.GetValue<int>(), special: true));
        return root;
    }

    public static JsonObject Added(
        string content, int id, bool special = false, bool single = false, bool left = false, bool right = false, bool normalized = false) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = single,
            ["lstrip"] = left,
            ["rstrip"] = right,
            ["normalized"] = normalized,
            ["special"] = special,
        };

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);

    public Tokenizer Load() => TokenizerFiles.Load(Path);

    public TokenizerFileException Refused() => Assert.Throws<TokenizerFileException>(() => Load());

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
