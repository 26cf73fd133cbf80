namespace Thaw.Tokenizers.Scratch;

/// <summary>Working memory of a model within one word.</summary>
internal sealed class ModelScratch
{
    private PathNode[] _nodes = [];

    public MergeScratch Merge { get; } = new();

    /// <summary>At least <paramref name="count"/> nodes, of which the first <paramref name="used"/> are kept.</summary>
    public Span<PathNode> Nodes(int used, int count)
    {
        if (count > _nodes.Length)
            Pool.Grow(ref _nodes, used, count);
        return _nodes;
    }

    /// <summary>Gives back what only a long word needs.</summary>
    public void Trim(int mostElements)
    {
        if (_nodes.Length > mostElements)
            Pool.Release(ref _nodes);
        Merge.Trim(mostElements);
    }
}
