using System.Text.Json.Nodes;
using Thaw.Reference.Vocabularies;
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

    public static JsonNode Json() => TokenizerText.WordPiece(Pieces, specials: 5);

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);

    public Tokenizer Load() => TokenizerFiles.Load(Path);

    public TokenizerFileException Refused() => Assert.Throws<TokenizerFileException>(() => Load());

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
