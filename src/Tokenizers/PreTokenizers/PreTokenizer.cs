using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.PreTokenizers;

/// <summary>Splits words into finer ones. Immutable.</summary>
internal abstract class PreTokenizer
{
    /// <summary>
    /// Whether text may be split in parts that are cut between a character of ASCII that is not white space and a
    /// space (U+0020) behind it, with the same result: there is always a word's end.
    /// </summary>
    public abstract bool IsLocal { get; }

    /// <summary>Whether words are split otherwise where the text begins: there the workspace's text keeps its origins.</summary>
    public virtual bool AsksOrigins => false;

    /// <summary>
    /// Splits the workspace's words, added tokens excepted: writes the spare list and swaps the two. One that changes
    /// the text writes the spare buffer as well, the added tokens' text included, and swaps that too.
    /// </summary>
    public abstract void Split(Workspace work);
}
