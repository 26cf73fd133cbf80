namespace Thaw.Tokenizers.Files;

/// <summary>Identifies the content of a tokenizer's files within this process: equal keys mean the same tokenizer.</summary>
/// <param name="Hash">Hash of all that the tokenizer is made from.</param>
/// <param name="Bytes">Length of the files together; the tokenizer's tables take about as much memory.</param>
public readonly record struct TokenizerKey(UInt128 Hash, long Bytes);
