namespace Thaw.Tokenizers.Scratch;

/// <summary>A part of a <see cref="TextBuffer"/>: a word, which the token model reads on its own, or an added token.</summary>
/// <param name="Start">In bytes of the text.</param>
/// <param name="End">In bytes of the text; not included.</param>
/// <param name="TokenId">Id of the added token; <see cref="WordList.NoToken"/> for a word.</param>
internal readonly record struct Word(int Start, int End, int TokenId)
{
    public bool IsToken => TokenId != WordList.NoToken;
}
