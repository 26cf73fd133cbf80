using Thaw.Tokenizers.Encodings;

namespace Thaw.Tokenizers;

/// <summary>The windows that a text's tokens are cut into, as the reference's Encoding.truncate cuts them.</summary>
internal readonly struct Windows
{
    private readonly int _total;
    private readonly int _length;
    private readonly int _step;
    private readonly bool _fromEnd;

    /// <param name="total">Tokens of the text.</param>
    /// <param name="length">Tokens of a window.</param>
    public Windows(int total, int length, EncodeOptions options, bool fromEnd)
    {
        _total = total;
        _length = length;
        _fromEnd = fromEnd;
        Count = 1;
        if (!options.Overflow || length >= total)
            return;
        // A window without tokens is followed by one with all of them.
        if (length == 0)
        {
            Count = 2;
            return;
        }

        _step = length - options.Stride;
        if (options.Stride < 0 || _step <= 0)
            throw new ArgumentException($"A stride of {options.Stride} in windows of {length} tokens of a text does not go forward.", nameof(options));
        Count = 1 + (total - length + _step - 1) / _step;
    }

    public int Count { get; }

    public Range this[int window]
    {
        get
        {
            if (_length == 0 && window == 1)
                return .._total;
            int skipped = window * _step;
            return _fromEnd
                ? Math.Max(0, _total - skipped - _length)..(_total - skipped)
                : skipped..Math.Min(skipped + _length, _total);
        }
    }
}
