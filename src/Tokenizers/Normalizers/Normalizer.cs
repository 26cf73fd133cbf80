using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>Rewrites text before it is split into words. Immutable.</summary>
internal abstract class Normalizer
{
    /// <summary>
    /// Whether text may be cut between a visible ASCII character and the space (U+0020) after it, and the parts normalized separately,
    /// with the same result; the result must still have such characters on both sides of the cut.
    /// </summary>
    public abstract bool IsLocal { get; }

    /// <summary>Whether this is true for the origins too.</summary>
    public virtual bool HasLocalOrigins => true;

    /// <summary>Rewrites the workspace's text: writes the spare buffer and swaps the two, or leaves the text unchanged.</summary>
    public abstract void Normalize(Workspace work);
}
