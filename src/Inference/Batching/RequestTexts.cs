using Thaw.Inference.Memory;

namespace Thaw.Inference.Batching;

/// <summary>A request's texts as UTF-8 in one pooled buffer. Its one owner fills it, encodes it and disposes it.</summary>
public sealed class RequestTexts : IDisposable
{
    private readonly List<Entry> _entries = [];
    private PooledBuffer<byte> _bytes = new(1024);

    /// <param name="SecondStart">Where the second text of a pair starts; -1 if there is none.</param>
    /// <param name="MaxTokens">Token limit of this text; 0 for the model's limit.</param>
    /// <param name="Truncate">Whether a longer text is truncated; otherwise it is refused.</param>
    private readonly record struct Entry(int Start, int SecondStart, int End, int MaxTokens, bool Truncate);

    public int Count => _entries.Count;

    public bool IsPair(int index) => _entries[index].SecondStart >= 0;

    public int MaxTokens(int index) => _entries[index].MaxTokens;

    public bool Truncate(int index) => _entries[index].Truncate;

    /// <summary>The text, or the first one of a pair.</summary>
    public ReadOnlySpan<byte> First(int index)
    {
        Entry entry = _entries[index];
        return _bytes.Written[entry.Start..(entry.SecondStart >= 0 ? entry.SecondStart : entry.End)];
    }

    /// <summary>The second text of a pair; empty if there is none.</summary>
    public ReadOnlySpan<byte> Second(int index) => IsPair(index) ? _bytes.Written[_entries[index].SecondStart.._entries[index].End] : default;

    /// <summary>Room for a text's bytes; <see cref="Commit"/> says how many were written.</summary>
    public Span<byte> Reserve(int bytes) => _bytes.Reserve(bytes);

    /// <summary>Adds what was written into the reserved room: as a new text, or as the second text of the pair that the last one starts.</summary>
    public void Commit(int written, bool secondOfPair)
    {
        int start = _bytes.Length;
        _bytes.Advance(written);
        if (secondOfPair)
            _entries[^1] = _entries[^1] with { SecondStart = start, End = _bytes.Length };
        else
            _entries.Add(new Entry(start, -1, _bytes.Length, 0, true));
    }

    /// <summary>Sets the limits of the texts from <paramref name="first"/> on.</summary>
    public void SetLimits(int first, int maxTokens, bool truncate)
    {
        for (int i = first; i < _entries.Count; i++)
            _entries[i] = _entries[i] with { MaxTokens = maxTokens, Truncate = truncate };
    }

    public void Dispose() => _bytes.Dispose();
}
