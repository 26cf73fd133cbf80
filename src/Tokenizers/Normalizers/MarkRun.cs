using Thaw.Tokenizers.Scratch;
using Thaw.Tokenizers.Unicode;

namespace Thaw.Tokenizers.Normalizers;

/// <summary>
/// A run of combining characters, some of which are to be removed, with their origins. The reference sorts all of them, then assigns the
/// origins of the original characters, one after another, to those that are not insertions; an inserted one shares the origin of its
/// predecessor.
/// </summary>
internal ref struct MarkRun() : IDisposable
{
    private CombiningRun _run = new();

    // One for each that is not inserted. Rented with the first mark: most marks are removed and never get here.
    private Origin[] _origins = [];
    private int _count;
    private Origin _last;

    public readonly int Count => _run.Count;

    public void Add(int scalar, byte combiningClass, Origin origin, bool inserted, bool dropped)
    {
        if (_run.Count == 0)
            _last = origin;
        _run.Add(scalar, inserted, combiningClass, dropped);
        if (inserted)
            return;
        Pool.Grow(ref _origins, _count, _count + 1);
        _origins[_count++] = origin;
    }

    /// <summary>Appends the characters that are kept, in canonical order, and ends the run.</summary>
    public void Flush(TextBuffer to)
    {
        _run.Sort();
        int taken = 0;
        for (int i = 0; i < _run.Count; i++)
        {
            if (_run.Change(i) == 0)
                _last = _origins[taken++];
            if (!_run.IsDropped(i))
                to.Append(_run.Scalar(i), _last);
        }

        _run.Clear();
        _count = 0;
    }

    public void Dispose()
    {
        _run.Dispose();
        Pool.Release(ref _origins);
    }
}
