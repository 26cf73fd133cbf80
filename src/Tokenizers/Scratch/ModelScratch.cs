namespace Thaw.Tokenizers;

/// <summary>Working memory of a model within one word.</summary>
internal sealed class ModelScratch
{
    public MergeScratch Merge { get; } = new();

    /// <summary>Gives back what only a long word needs.</summary>
    public void Trim(int mostElements) => Merge.Trim(mostElements);
}
