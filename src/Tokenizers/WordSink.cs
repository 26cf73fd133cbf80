using System.Buffers;
using System.Text;

namespace Thaw.Tokenizers;

/// <summary>What the model adds to its vocabulary.</summary>
internal sealed record WordPieceModel(Vocabulary Vocabulary, int UnknownId, int MaxCharsPerWord);

/// <summary>
/// Splits normalized text into words (BertPreTokenizer: white space away, punctuation alone) and words into pieces.
/// Counts every token and writes as many as fit.
/// </summary>
internal ref struct WordSink : INormalizedSink
{
    public const int InitialSize = 512;
    private const int LongestUtf8 = 4;

    private readonly WordPieceModel _model;
    private readonly Span<int> _ids;
    private readonly int _enough;
    private Span<byte> _word;
    private byte[]? _rented;
    private int _length;
    private int _chars;

    /// <param name="enough">The text behind the word in which there are that many tokens is not looked at.</param>
    public WordSink(WordPieceModel model, Span<int> ids, int enough, Span<byte> initial)
    {
        _model = model;
        _ids = ids;
        _enough = enough;
        _word = initial;
    }

    /// <summary>Tokens so far. Exact unless it is at least enough.</summary>
    public int Count { get; private set; }

    /// <summary>Only a word makes it full, not an added token: the reference counts that way before it shares out a pair's room.</summary>
    public bool IsFull { get; private set; }

    // One above the limit, so that a longer run, too, makes its word too long.
    public readonly int LongestRun => _model.MaxCharsPerWord == int.MaxValue ? int.MaxValue : _model.MaxCharsPerWord + 1;

    public void AddAscii(byte character)
    {
        CharFlags flags = UnicodeTables.Flags(character) & (CharFlags.WhiteSpace | CharFlags.Punctuation);
        if (flags == CharFlags.None)
        {
            if (_length < _word.Length && _chars < _model.MaxCharsPerWord)
            {
                _word[_length++] = character;
                _chars++;
            }
            else
                AddLetter([character]);
            return;
        }

        EndWord();
        if (flags == CharFlags.Punctuation)
            AddPunctuation([character]);
    }

    public void AddLetter(scoped ReadOnlySpan<byte> utf8)
    {
        if (_chars >= _model.MaxCharsPerWord)
        {
            // Too long already: what it holds does not matter any more.
            _chars = int.MaxValue;
            return;
        }

        if (_length + utf8.Length > _word.Length)
            Grow();
        utf8.CopyTo(_word[_length..]);
        _length += utf8.Length;
        _chars++;
    }

    public void Add(int scalar)
    {
        if (scalar < 0x80)
        {
            AddAscii((byte)scalar);
            return;
        }

        Span<byte> utf8 = stackalloc byte[LongestUtf8];
        utf8 = utf8[..new Rune(scalar).EncodeToUtf8(utf8)];
        CharFlags flags = UnicodeTables.Flags(scalar);
        if ((flags & CharFlags.WhiteSpace) != 0)
            EndWord();
        else if ((flags & CharFlags.Punctuation) != 0)
        {
            EndWord();
            AddPunctuation(utf8);
        }
        else
            AddLetter(utf8);
    }

    /// <summary>Splits text that is normalized already.</summary>
    public void AddText(ReadOnlySpan<byte> utf8)
    {
        while (!utf8.IsEmpty && !IsFull)
        {
            Rune.DecodeFromUtf8(utf8, out Rune rune, out int length);
            Add(rune.Value);
            utf8 = utf8[length..];
        }

        EndWord();
    }

    public void AddToken(int id)
    {
        if (Count < _ids.Length)
            _ids[Count] = id;
        Count++;
    }

    /// <summary>White space, punctuation, an added token or the text's end came.</summary>
    public void EndWord()
    {
        if (_chars == 0)
            return;
        if (!IsFull)
        {
            if (_chars > _model.MaxCharsPerWord)
                AddToken(_model.UnknownId);
            else
                AddWord(_word[.._length]);
            IsFull = Count >= _enough;
        }

        _length = _chars = 0;
    }

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }

    private void AddPunctuation(scoped ReadOnlySpan<byte> utf8)
    {
        // The word before it may have been the last one wanted.
        if (IsFull)
            return;
        AddWord(utf8);
        IsFull = Count >= _enough;
    }

    private void AddWord(scoped ReadOnlySpan<byte> word)
    {
        int before = Count;
        for (int start = 0; start < word.Length;)
        {
            if (!_model.Vocabulary.TryFindLongest(word[start..], insideWord: start > 0, out int id, out int length))
            {
                // One part that no piece matches makes the whole word unknown.
                Count = before;
                AddToken(_model.UnknownId);
                return;
            }

            AddToken(id);
            start += length;
        }
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialSize, _word.Length) * 2);
        _word[.._length].CopyTo(larger);
        Dispose();
        _rented = larger;
        _word = larger;
    }
}
