using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Encodings;

/// <summary>Where a token came from: <paramref name="Start"/> up to, and without, <paramref name="End"/>. Both are 0 for a special token of the template.</summary>
public readonly record struct TokenOffset(int Start, int End);

/// <summary>One window's tokens. Every token is to be attended to: there is no padding.</summary>
public readonly ref struct EncodedWindow
{
    public ReadOnlySpan<int> Ids { get; internal init; }

    public ReadOnlySpan<byte> TypeIds { get; internal init; }

    public ReadOnlySpan<TokenOffset> Offsets { get; internal init; }

    /// <summary>1 for the template's special tokens, 0 for those of a text.</summary>
    public ReadOnlySpan<byte> SpecialTokensMask { get; internal init; }
}

/// <summary>
/// A text's tokens with all that is known of them. Made once and filled again and again, it allocates nothing once it
/// has grown. Not for several threads at once.
/// </summary>
public sealed class EncodedText : IDisposable
{
    private int[] _ids = [];
    private byte[] _typeIds = [];
    private TokenOffset[] _offsets = [];
    private byte[] _special = [];
    private int[] _windows = [];
    private int _count;

    /// <summary>Number of windows, 1 at least once it is filled.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens of a window, until the text is filled again.</summary>
    public EncodedWindow this[int window]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)window, (uint)Count, nameof(window));
            int end = window + 1 < Count ? _windows[window + 1] : _count;
            Range range = _windows[window]..end;
            return new EncodedWindow { Ids = _ids.AsSpan(range), TypeIds = _typeIds.AsSpan(range), Offsets = _offsets.AsSpan(range), SpecialTokensMask = _special.AsSpan(range) };
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

    /// <summary>Adds tokens of a text, and gives their offsets, which are the origins, to be changed.</summary>
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
