using System.Buffers;
using Thaw.Tokenizers.Decoders;
using Thaw.Tokenizers.Encodings;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers;

/// <summary>
/// Turns text into the token ids that the Hugging Face tokenizers library gives for the same files, and back. Immutable, so that any
/// number of threads may use it at once. Encoding allocates nothing per call.
/// </summary>
public sealed class Tokenizer
{
    private readonly Pipeline _pipeline;
    private readonly PostProcessor _processor;
    private readonly bool _truncatesLeft;
    private readonly TokenDecoder _decoder;

    internal Tokenizer(TokenizerParts parts)
    {
        _pipeline = new Pipeline(parts);
        _processor = parts.PostProcessor;
        _truncatesLeft = parts.TruncatesLeft;
        _decoder = new TokenDecoder(parts.Model, parts.AddedTokens, parts.Decoders);
        Kind = parts.Model.Kind;
        MaxLength = parts.MaxLength;
        PadId = parts.PadId;
        HighestId = parts.AddedTokens.Aggregate(parts.Model.HighestId, (highest, token) => Math.Max(highest, token.Id));
    }

    /// <summary>How words become tokens: WordPiece, BPE or Unigram.</summary>
    public string Kind { get; }

    /// <summary>The most tokens that the model accepts, including special tokens; int.MaxValue if the files state no limit.</summary>
    public int MaxLength { get; }

    /// <summary>The id that pads the shorter rows of a batch; null if the files name none.</summary>
    public int? PadId { get; }

    /// <summary>The highest id of a token.</summary>
    public int HighestId { get; }

    /// <summary>Number of special tokens that are added to one text.</summary>
    public int SpecialTokensForOne => _processor.Single.SpecialTokens;

    /// <summary>Number of special tokens that are added to two texts.</summary>
    public int SpecialTokensForPair => _processor.Pair.SpecialTokens;

    /// <summary>Writes the ids of [CLS] text [SEP], or of the model's own template, truncated to the length of <paramref name="ids"/>.</summary>
    /// <param name="utf8">UTF-8. Invalid bytes are read as U+FFFD, one for each maximal subpart (Unicode standard, section 3.9).</param>
    /// <param name="ids">At least <see cref="SpecialTokensForOne"/> long.</param>
    /// <param name="typeIds">Receives token types; as long as <paramref name="ids"/>, or empty if they are not wanted.</param>
    /// <param name="truncated">Whether tokens of the text were cut off.</param>
    /// <returns>Number of ids written.</returns>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids, Span<byte> typeIds, out bool truncated)
    {
        int room = Room(ids.Length, _processor.Single);
        Workspace work = Workspace.Rent();
        try
        {
            work.First.Clear(tracks: false);
            truncated = _pipeline.Run(utf8, work, work.First, _truncatesLeft ? int.MaxValue : room);
            truncated |= work.First.Count > room;
            return Write(_processor.Single, Kept(work.First, room), [], ids, typeIds);
        }
        finally
        {
            work.Return();
        }
    }

    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, Span{int}, Span{byte}, out bool)"/>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids, out bool truncated) => Encode(utf8, ids, [], out truncated);

    /// <summary>
    /// Writes the ids of [CLS] first [SEP] second [SEP], or of the model's own template. If the two do not fit, the longer one is cut
    /// first, by the rule of the reference's longest_first.
    /// </summary>
    /// <param name="ids">At least <see cref="SpecialTokensForPair"/> long.</param>
    /// <param name="typeIds">Receives token types; as long as <paramref name="ids"/>, or empty if they are not wanted.</param>
    /// <param name="truncated">Whether tokens of either text were cut off.</param>
    /// <returns>Number of ids written.</returns>
    public int EncodePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<int> ids, Span<byte> typeIds, out bool truncated)
    {
        int room = Room(ids.Length, _processor.Pair);
        // The reference divides the room of a pair by token counts that stop after the word in which they reach the whole length.
        int enough = _truncatesLeft ? int.MaxValue : ids.Length;
        Workspace work = Workspace.Rent();
        try
        {
            work.First.Clear(tracks: false);
            work.Second.Clear(tracks: false);
            truncated = _pipeline.Run(first, work, work.First, enough);
            truncated |= _pipeline.Run(second, work, work.Second, enough);
            (int firstRoom, int secondRoom) = PairTruncation.Share(room, work.First.Count, work.Second.Count);
            truncated |= work.First.Count > firstRoom || work.Second.Count > secondRoom;
            return Write(_processor.Pair, Kept(work.First, firstRoom), Kept(work.Second, secondRoom), ids, typeIds);
        }
        finally
        {
            work.Return();
        }
    }

    /// <summary>Fills <paramref name="result"/> with the tokens of a text, their offsets and, if asked for, all windows of a long text.</summary>
    /// <exception cref="ArgumentException">The options leave no room in a window, or cut a second text.</exception>
    public void Encode(ReadOnlySpan<byte> utf8, EncodedText result, EncodeOptions options)
    {
        if (options.Strategy == TruncationStrategy.OnlySecond)
            throw new ArgumentException("There is no second text to cut.", nameof(options));
        Workspace work = Workspace.Rent();
        try
        {
            RunTracked(utf8, work, work.First, options);
            Template template = options.AddSpecialTokens ? _processor.Single : _processor.Single.WithoutSpecialTokens;
            int room = Room(options.MaxLength, template);
            var windows = new Windows(work.First.Count, Math.Min(room, work.First.Count), options, _truncatesLeft);
            result.Clear();
            var writer = new WindowWriter(_processor, template, work, result, options.Offsets) { First = utf8 };
            for (int window = 0; window < windows.Count; window++)
                writer.Write(windows[window], default);
        }
        finally
        {
            work.Return();
        }
    }

    /// <summary>Fills <paramref name="result"/> with the tokens of two texts; offsets are relative to the text that a token came from.</summary>
    /// <returns>False, with an empty result, if the text that may be cut is too short to make both fit.</returns>
    /// <exception cref="ArgumentException">The options leave no room in a window.</exception>
    public bool EncodePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, EncodedText result, EncodeOptions options)
    {
        Workspace work = Workspace.Rent();
        try
        {
            result.Clear();
            RunTracked(first, work, work.First, options);
            RunTracked(second, work, work.Second, options);
            Template template = options.AddSpecialTokens ? _processor.Pair : _processor.Pair.WithoutSpecialTokens;
            int room = Room(options.MaxLength, template);
            if (PairTruncation.Share(options.Strategy, room, work.First.Count, work.Second.Count) is not { } rooms)
                return false;
            var firsts = new Windows(work.First.Count, rooms.First, options, _truncatesLeft);
            var seconds = new Windows(work.Second.Count, rooms.Second, options, _truncatesLeft);

            // The reference's order: the first windows of both texts, then every other window of the first text with all windows of
            // the second, then the first window of the first text with the other windows of the second.
            var writer = new WindowWriter(_processor, template, work, result, options.Offsets) { First = first, Second = second };
            writer.Write(firsts[0], seconds[0]);
            for (int window = 1; window < firsts.Count; window++)
            {
                for (int other = 0; other < seconds.Count; other++)
                    writer.Write(firsts[window], seconds[other]);
            }

            for (int other = 1; other < seconds.Count; other++)
                writer.Write(firsts[0], seconds[other]);
            return true;
        }
        finally
        {
            work.Return();
        }
    }

    /// <summary>Writes, as UTF-8, the text that the reference decodes the ids to. Skips ids that the tokenizer does not have.</summary>
    /// <param name="skipSpecialTokens">Whether to skip tokens that the files call special.</param>
    /// <param name="maxBytes">The most bytes that the text, or the tokens that it is made of, may have.</param>
    /// <returns>False, with nothing written, if there are more than <paramref name="maxBytes"/>.</returns>
    public bool TryDecode(ReadOnlySpan<int> ids, bool skipSpecialTokens, IBufferWriter<byte> output, int maxBytes = int.MaxValue) =>
        _decoder.TryDecode(ids, skipSpecialTokens, output, maxBytes);

    /// <summary>Writes a token as the files write it, as UTF-8. False, with nothing written, for an id that the tokenizer does not have.</summary>
    public bool TryWriteToken(int id, IBufferWriter<byte> output) => _decoder.TryWriteToken(id, output);

    private static int Room(int length, Template template)
    {
        int room = length - template.SpecialTokens;
        ArgumentOutOfRangeException.ThrowIfNegative(room, nameof(length));
        return room;
    }

    private void RunTracked(ReadOnlySpan<byte> text, Workspace work, TokenList tokens, EncodeOptions options)
    {
        tokens.Clear(tracks: true);
        _pipeline.Run(text, work, tokens, options.Overflow || _truncatesLeft ? int.MaxValue : options.MaxLength);
    }

    private ReadOnlySpan<int> Kept(TokenList tokens, int room)
    {
        if (tokens.Count <= room)
            return tokens.Ids;
        return _truncatesLeft ? tokens.Ids[^room..] : tokens.Ids[..room];
    }

    private static int Write(Template template, ReadOnlySpan<int> first, ReadOnlySpan<int> second, Span<int> ids, Span<byte> typeIds)
    {
        int at = 0;
        foreach (TemplatePart part in template.Parts)
        {
            ReadOnlySpan<int> tokens = part.Text switch { 0 => first, 1 => second, _ => [part.Id] };
            tokens.CopyTo(ids[at..]);
            if (!typeIds.IsEmpty)
                typeIds.Slice(at, tokens.Length).Fill(part.TypeId);
            at += tokens.Length;
        }

        return at;
    }
}
