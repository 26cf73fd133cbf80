namespace Thaw.Tokenizers;

/// <summary>A tokenizer file is missing, damaged, or needs something that is not supported. The message names the file and the place in it.</summary>
public sealed class TokenizerFileException : Exception
{
    internal TokenizerFileException(string fileName, string place, string reason, Exception? inner = null)
        : base(place.Length == 0 ? $"{fileName}: {reason}" : $"{fileName}, {place}: {reason}", inner) =>
        FileName = fileName;

    /// <summary>Its name without the directory, such as tokenizer.json.</summary>
    public string FileName { get; }
}
