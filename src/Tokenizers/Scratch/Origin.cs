namespace Thaw.Tokenizers.Scratch;

/// <summary>Where a part of normalized text came from: bytes of the text as it was given.</summary>
internal readonly record struct Origin(int Start, int End);
