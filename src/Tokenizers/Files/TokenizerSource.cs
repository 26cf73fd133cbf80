namespace Thaw.Tokenizers.Files;

/// <summary>A tokenizer's files in memory, with only the small ones parsed.</summary>
public sealed class TokenizerSource
{
    private readonly TokenizerConfig _config;
    private readonly TokenizerFamily _family;
    private readonly byte[][] _files;

    /// <param name="files">The family's files, as <see cref="TokenizerFamilies.FilesOf"/> names them.</param>
    internal TokenizerSource(TokenizerKey key, TokenizerConfig config, TokenizerFamily family, byte[][] files)
    {
        Key = key;
        _config = config;
        _family = family;
        _files = files;
    }

    /// <summary>Identifies exactly these bytes.</summary>
    public TokenizerKey Key { get; }

    /// <summary>Makes the tokenizer.</summary>
    /// <exception cref="TokenizerFileException">A file cannot be used.</exception>
    public Tokenizer Parse() => new(_family switch
    {
        TokenizerFamily.Json => TokenizerJson.Read(_files[0], _config),
        TokenizerFamily.WordPiece => TokenizerFiles.FromVocabulary(_files[0], _config),
        TokenizerFamily.Roberta or TokenizerFamily.Deberta or TokenizerFamily.Gpt2 => ByteLevelFiles.Read(_family, _files[0], _files[1], _config),
        _ => SentencePieceFiles.Read(_family, _files[0], _config),
    });
}
