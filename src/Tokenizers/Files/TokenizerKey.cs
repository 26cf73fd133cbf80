namespace Thaw.Tokenizers.Files;

/// <summary>Identifies the content of a tokenizer's files within this process: equal keys mean the same tokenizer.</summary>
/// <param name="Hash">Hash of all that the tokenizer is made from.</param>
/// <param name="Bytes">About the memory that the tokenizer's tables take: the length of the files, of those that are not text three times.</param>
public readonly record struct TokenizerKey(UInt128 Hash, long Bytes);
