namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>What the patterns of byte-level tokenizers distinguish: \p{L}, \p{N}, \s and everything else. Every character has exactly one class.</summary>
internal enum CharClass : byte
{
    Other,
    Letter,
    Number,
    Space,
}
