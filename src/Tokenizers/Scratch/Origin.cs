namespace Thaw.Tokenizers.Scratch;

/// <summary>Where a part of normalized text came from: a range of bytes in the original text.</summary>
internal readonly record struct Origin(int Start, int End);
