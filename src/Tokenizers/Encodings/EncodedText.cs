using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Encodings;

/// <summary>
/// The tokens of a text with their types and offsets, in one window or several. An instance that is filled again and again allocates
/// nothing once it has grown. Not thread-safe.
/// </summary>
public sealed class EncodedText : IDisposable
{
    private int[] _ids = [];
    private byte[] _typeIds = [];
    private TokenOffset[] _offsets = [];
    private byte[] _special = [];
    private int[] _windows = [];
    private int _count;

    /// <summary>Number of windows; at least 1 once it is filled.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens of a window, valid until this is filled again.</summary>
    public EncodedWindow this[int window]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)window, (uint)Count, nameof(window));
            int end = window + 1 < Count ? _windows[window + 1] : _count;
            Range range = _windows[window]..end;
            return new EncodedWindow
            {
                Ids = _ids.AsSpan(range),
                TypeIds = _typeIds.AsSpan(range),
                Offsets = _offsets.AsSpan(range),
                SpecialTokensMask = _special.AsSpan(range),
            };
        }
    }

    public void Dispose()
    {
        Clear();
        Pool.Release(ref _ids);
        Pool.Release(ref _typeIds);
        Pool.Release(ref _offsets);
        Pool.Release(ref _special);
        Pool.Release(ref _windows);
    }

    internal void Clear() => _count = Count = 0;

    internal void BeginWindow()
    {
        Pool.Grow(ref _windows, Count, Count + 1);
        _windows[Count++] = _count;
    }

    internal void AddSpecial(int id, byte typeId)
    {
        Reserve(1);
        _ids[_count] = id;
        _typeIds[_count] = typeId;
        _offsets[_count] = default;
        _special[_count] = 1;
        _count++;
    }

    /// <summary>Adds tokens of a text, and returns their offsets, set to the origins, for the caller to adjust.</summary>
    internal Span<TokenOffset> AddText(ReadOnlySpan<int> ids, ReadOnlySpan<Origin> origins, byte typeId)
    {
        Reserve(ids.Length);
        ids.CopyTo(_ids.AsSpan(_count));
        _typeIds.AsSpan(_count, ids.Length).Fill(typeId);
        _special.AsSpan(_count, ids.Length).Clear();
        for (int i = 0; i < origins.Length; i++)
            _offsets[_count + i] = new TokenOffset(origins[i].Start, origins[i].End);
        _count += ids.Length;
        return _offsets.AsSpan(_count - ids.Length, ids.Length);
    }

    private void Reserve(int more)
    {
        Pool.Grow(ref _ids, _count, _count + more);
        Pool.Grow(ref _typeIds, _count, _count + more);
        Pool.Grow(ref _offsets, _count, _count + more);
        Pool.Grow(ref _special, _count, _count + more);
    }
}
