using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Rewrites text before it is split into words. Immutable.</summary>
internal abstract class Normalizer
{
    /// <summary>
    /// Whether text may be normalized in parts that are cut between a character of ASCII that is not white space and a
    /// space (U+0020) behind it, with the same result, in which such characters still stand on both sides of the cut.
    /// </summary>
    public abstract bool IsLocal { get; }

    /// <summary>Whether that holds for the origins too.</summary>
    public virtual bool HasLocalOrigins => true;

    /// <summary>Rewrites the workspace's text: writes the spare buffer and swaps the two, or leaves both alone.</summary>
    public abstract void Normalize(Workspace work);
}
