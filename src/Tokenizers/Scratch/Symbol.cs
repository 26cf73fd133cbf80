namespace Thaw.Tokenizers.Scratch;

/// <summary>A piece of a word while its pieces are merged.</summary>
/// <param name="Length">In bytes of the word.</param>
internal readonly record struct Symbol(int Id, int Length);
