using System.Buffers;
using System.Text;

namespace Thaw.Tokenizers;

/// <summary>
/// Text to the token ids that the Hugging Face library yields for the same files. Immutable; any number of threads may
/// encode at once. Nothing is allocated per call: rare long scratch comes from the shared pools.
/// </summary>
public sealed class WordPieceTokenizer
{
    // Ids of a second text that stay on the stack; longer ones are rented.
    private const int StackIds = 512;

    private readonly WordPieceModel _model;
    private readonly BertNormalizer _normalizer;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly Template _single;
    private readonly Template _pair;

    internal WordPieceTokenizer(TokenizerParts parts)
    {
        _model = parts.Model;
        _normalizer = new BertNormalizer(parts.Normalizer);
        _single = parts.Single;
        _pair = parts.Pair;
        MaxLength = parts.MaxLength;
        PadId = parts.PadId;
        _raw = new AddedTokenMatcher(parts.AddedTokens.Where(token => !token.Normalized)
            .Select(token => (Encoding.UTF8.GetBytes(token.Content), token)));
        _normalized = new AddedTokenMatcher(parts.AddedTokens.Where(token => token.Normalized)
            .Select(token => (NormalizedText(token.Content), token)));
    }

    /// <summary>Most tokens that the model takes, special ones included; int.MaxValue where the files name no limit.</summary>
    public int MaxLength { get; }

    /// <summary>Id to fill shorter rows of a batch with.</summary>
    public int PadId { get; }

    /// <summary>Special tokens that <see cref="Encode"/> adds.</summary>
    public int SpecialTokensForOne => _single.Count;

    /// <summary>Special tokens that <see cref="EncodePair"/> adds.</summary>
    public int SpecialTokensForPair => _pair.Count;

    /// <summary>Writes [CLS] text [SEP], cut to the length of <paramref name="ids"/>.</summary>
    /// <param name="utf8">Invalid bytes count as U+FFFD, one for each maximal subpart.</param>
    /// <param name="ids">At least <see cref="SpecialTokensForOne"/> long. What lies behind the result may be overwritten too.</param>
    /// <param name="truncated">Tokens of the text were cut off.</param>
    /// <returns>Number of ids written.</returns>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids, out bool truncated)
    {
        int room = Room(ids, _single);
        Span<int> text = ids.Slice(_single.Before.Length, room);
        int count = EncodeText(utf8, text, room + 1);
        truncated = count > room;
        count = Math.Min(count, room);

        _single.Before.CopyTo(ids);
        _single.After.CopyTo(ids[(_single.Before.Length + count)..]);
        return count + _single.Count;
    }

    /// <summary>
    /// Writes [CLS] first [SEP] second [SEP]. Where the two do not fit, the longer one is cut first, by the rule of the
    /// reference's longest_first.
    /// </summary>
    /// <param name="ids">At least <see cref="SpecialTokensForPair"/> long. What lies behind the result may be overwritten too.</param>
    /// <param name="secondStart">Token type is 0 before and 1 from there on.</param>
    /// <param name="truncated">Tokens of either text were cut off.</param>
    /// <returns>Number of ids written.</returns>
    public int EncodePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<int> ids, out int secondStart, out bool truncated)
    {
        int room = Room(ids, _pair);
        int half = room / 2;
        Span<int> text = ids[_pair.Before.Length..];
        int firstCount = EncodeText(first, text[..room], ids.Length);

        // The second never keeps more than the first leaves, or than the larger half where the first is long.
        int most = room - Math.Min(firstCount, half);
        int[]? rented = null;
        Span<int> other = most <= StackIds ? stackalloc int[StackIds] : (rented = ArrayPool<int>.Shared.Rent(most));
        try
        {
            int secondCount = EncodeText(second, other[..most], ids.Length);
            truncated = firstCount + secondCount > room;
            if (truncated)
                Share(room, ref firstCount, ref secondCount);
            else if (_pair.Count == 0 && firstCount + secondCount == room)
                truncated = EncodeText(first, [], room + 1) > firstCount || EncodeText(second, [], room + 1) > secondCount;

            int at = _pair.Before.Length + firstCount;
            _pair.Before.CopyTo(ids);
            _pair.Between.CopyTo(ids[at..]);
            secondStart = at + _pair.BetweenOfFirst;
            at += _pair.Between.Length;
            other[..secondCount].CopyTo(ids[at..]);
            at += secondCount;
            _pair.After.CopyTo(ids[at..]);
            return at + _pair.After.Length;
        }
        finally
        {
            if (rented is not null)
                ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static int Room(Span<int> ids, Template template)
    {
        int room = ids.Length - template.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(room, nameof(ids));
        return room;
    }

    /// <summary>
    /// Turns two counts that are too many together into what each text keeps. Where both exceed half of an odd room, the
    /// longer text gets the odd token, and the second one where they are equal. The reference compares counts that end
    /// with the word in which they reach the whole length, so these must end there too.
    /// </summary>
    private static void Share(int room, ref int firstCount, ref int secondCount)
    {
        int half = room / 2;
        if (firstCount <= half)
            secondCount = room - firstCount;
        else if (secondCount <= half)
            firstCount = room - secondCount;
        else
        {
            firstCount = firstCount > secondCount ? room - half : half;
            secondCount = room - firstCount;
        }
    }

    /// <summary>Writes the tokens that fit and returns their number, which is exact unless it is at least enough.</summary>
    private int EncodeText(ReadOnlySpan<byte> utf8, Span<int> ids, int enough)
    {
        var words = new WordSink(_model, ids, enough, stackalloc byte[WordSink.InitialSize]);
        try
        {
            Split(utf8, _raw, ref words);
            return words.Count;
        }
        finally
        {
            words.Dispose();
        }
    }

    private void Split(ReadOnlySpan<byte> text, AddedTokenMatcher matcher, ref WordSink words)
    {
        int done = 0;
        int from = 0;
        while (!words.IsFull && matcher.Find(text, from, out int start, out int end) is { } token)
        {
            // The search goes on behind the match itself, whatever white space the token takes with it.
            from = end;
            if (token.SingleWord && !AddedTokenBounds.IsSingleWord(text, start, end))
                continue;
            if (token.StripLeft)
                start = AddedTokenBounds.StripLeft(text, start, done);
            if (token.StripRight)
                end = AddedTokenBounds.StripRight(text, end);
            if (done < start)
                AddBetween(text[done..start], matcher, ref words);
            if (words.IsFull)
                return;
            words.AddToken(token.Id);
            done = end;
        }

        if (done < text.Length && !words.IsFull)
            AddBetween(text[done..], matcher, ref words);
    }

    private void AddBetween(ReadOnlySpan<byte> text, AddedTokenMatcher matcher, ref WordSink words)
    {
        if (matcher == _normalized)
            words.AddText(text);
        else if (_normalized.IsEmpty)
        {
            _normalizer.Normalize(text, ref words);
            words.EndWord();
        }
        else
        {
            var buffer = new TextBuffer(text.Length);
            try
            {
                _normalizer.Normalize(text, ref buffer);
                Split(buffer.Text, _normalized, ref words);
            }
            finally
            {
                buffer.Dispose();
            }
        }
    }

    private byte[] NormalizedText(string content)
    {
        var buffer = new TextBuffer(content.Length * 3);
        try
        {
            _normalizer.Normalize(Encoding.UTF8.GetBytes(content), ref buffer);
            return buffer.Text.ToArray();
        }
        finally
        {
            buffer.Dispose();
        }
    }
}
