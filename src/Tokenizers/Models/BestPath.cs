using System.Runtime.CompilerServices;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// The best path of pieces through a word, found from the left. Where no piece spans a position, the path up to there is settled and can
/// be taken out, so that even a long word usually needs few nodes.
/// </summary>
internal ref struct BestPath
{
    private const int NoLink = -1;

    private readonly ModelScratch _scratch;
    private Span<PathNode> _nodes;

    // Positions within the word; nodes are numbered from the settled position.
    private int _settled;
    private int _reached;
    private int _next;

    public BestPath(ModelScratch scratch)
    {
        _scratch = scratch;
        _nodes = scratch.Nodes(0, 1);
        _nodes[0] = default;
    }

    public readonly double ScoreAt(int position) => _nodes[position - _settled].Score;

    public readonly bool IsSettled(int position) => position == _reached;

    /// <summary>Offers a piece that begins at a position that has been reached. Of several with the same sum the first wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(int start, int end, int id, double score)
    {
        if (end > _reached)
            Reach(end);
        ref PathNode node = ref _nodes[end - _settled];
        if (node.Link == NoLink || score > node.Score)
            node = new PathNode(score, id, start - _settled);
    }

    /// <summary>Ends the path at the position that has been reached; <see cref="TryTake"/> then takes its pieces.</summary>
    public void Settle()
    {
        int at = _reached - _settled;
        int next = NoLink;
        while (at > 0)
        {
            PathNode node = _nodes[at];
            _nodes[at] = node with { Link = next };
            next = at;
            at = node.Link;
        }

        _next = next;
    }

    /// <summary>Takes the next piece of the settled path; false after the last one, when the search can continue.</summary>
    public bool TryTake(out int id, out int end)
    {
        if (_next == NoLink)
        {
            _nodes[0] = _nodes[_reached - _settled];
            _settled = _reached;
            id = end = 0;
            return false;
        }

        PathNode node = _nodes[_next];
        (id, end) = (node.Id, _settled + _next);
        _next = node.Link;
        return true;
    }

    private void Reach(int end)
    {
        int used = _reached - _settled + 1;
        int needed = end - _settled + 1;
        if (needed > _nodes.Length)
            _nodes = _scratch.Nodes(used, needed);
        for (int at = used; at < needed; at++)
            _nodes[at] = new PathNode(0, 0, NoLink);
        _reached = end;
    }
}
