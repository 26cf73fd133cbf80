namespace Thaw.Tokenizers.Files;

/// <summary>A tokenizer's files in memory, with only the small ones parsed.</summary>
public sealed class TokenizerSource
{
    private readonly TokenizerConfig _config;
    private readonly byte[] _file;
    private readonly bool _isJson;

    /// <param name="file">tokenizer.json if <paramref name="isJson"/>, otherwise vocab.txt.</param>
    internal TokenizerSource(TokenizerKey key, TokenizerConfig config, byte[] file, bool isJson)
    {
        Key = key;
        _config = config;
        _file = file;
        _isJson = isJson;
    }

    /// <summary>Identifies exactly these bytes.</summary>
    public TokenizerKey Key { get; }

    /// <summary>Makes the tokenizer.</summary>
    /// <exception cref="TokenizerFileException">A file cannot be used.</exception>
    public Tokenizer Parse() => new(_isJson ? TokenizerJson.Read(_file, _config) : TokenizerFiles.FromVocabulary(_file, _config));
}
