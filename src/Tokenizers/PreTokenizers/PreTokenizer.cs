using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits words into smaller ones. Immutable.</summary>
internal abstract class PreTokenizer
{
    /// <summary>
    /// Whether text may be cut between a visible ASCII character and the space (U+0020) after it, and the parts split separately, with
    /// the same result: a word always ends there.
    /// </summary>
    public abstract bool IsLocal { get; }

    /// <summary>Whether words at the start of the text are split differently: there the workspace's text must keep its origins.</summary>
    public virtual bool NeedsOrigins => false;

    /// <summary>
    /// Splits the workspace's words except added tokens: writes the spare list and swaps the two. A pre-tokenizer that changes the text
    /// also writes the spare buffer, including the text of added tokens, and swaps that too.
    /// </summary>
    public abstract void Split(Workspace work);
}
