namespace Thaw.Tokenizers.Scratch;

/// <summary>Working memory of a token model for one word.</summary>
internal sealed class ModelScratch
{
    private PathNode[] _nodes = [];

    public MergeScratch Merge { get; } = new();

    /// <summary>At least <paramref name="count"/> nodes; keeps the first <paramref name="used"/>.</summary>
    public Span<PathNode> Nodes(int used, int count)
    {
        if (count > _nodes.Length)
            Pool.Grow(ref _nodes, used, count);
        return _nodes;
    }

    /// <summary>Returns arrays that only a long word needs to the shared pool.</summary>
    public void Trim(int mostElements)
    {
        if (_nodes.Length > mostElements)
            Pool.Release(ref _nodes);
        Merge.Trim(mostElements);
    }
}
