using Thaw.Tokenizers.Encodings;

namespace Thaw.Tokenizers;

/// <summary>The windows into which a text's tokens are cut, as in the reference's Encoding.truncate.</summary>
internal readonly struct Windows
{
    private readonly int _total;
    private readonly int _length;
    private readonly int _step;
    private readonly bool _fromEnd;

    /// <param name="total">Number of tokens in the text.</param>
    /// <param name="length">The most tokens of the text in a window.</param>
    /// <param name="fromEnd">Whether the first window is at the end of the text.</param>
    public Windows(int total, int length, EncodeOptions options, bool fromEnd)
    {
        _total = total;
        _length = length;
        _fromEnd = fromEnd;
        Count = 1;
        if (!options.Overflow || length >= total)
            return;
        // As in the reference, a window without tokens is followed by one with all of them.
        if (length == 0)
        {
            Count = 2;
            return;
        }

        _step = length - options.Stride;
        if (options.Stride < 0 || _step <= 0)
            throw new ArgumentException($"The stride must be from 0 to {length - 1} for windows of {length} tokens; it is {options.Stride}.", nameof(options));
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
