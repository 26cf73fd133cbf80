namespace Thaw.Tokenizers.Scratch;

/// <summary>
/// All that one call of a tokenizer writes to. A thread keeps the one that it used last, so that a call neither
/// allocates nor shares anything.
/// </summary>
internal sealed class Workspace
{
    // What a thread keeps: enough for nearly every request. Longer buffers go back to the shared pools.
    private const int KeptBytes = 1 << 16;

    [ThreadStatic]
    private static Workspace? t_kept;

    private Workspace()
    {
    }

    /// <summary>The text as far as the stages have come.</summary>
    public TextBuffer Text { get; private set; } = new();

    /// <summary>What a stage writes before <see cref="SwapText"/>.</summary>
    public TextBuffer Spare { get; private set; } = new();

    /// <summary>The words of <see cref="Text"/>.</summary>
    public WordList Words { get; private set; } = new();

    /// <summary>What a pre-tokenizer writes before <see cref="SwapWords"/>.</summary>
    public WordList SpareWords { get; private set; } = new();

    public TokenList First { get; } = new();

    /// <summary>The tokens of a pair's second text.</summary>
    public TokenList Second { get; } = new();

    /// <summary>A model's working memory within one word.</summary>
    public ModelScratch Model { get; } = new();

    public static Workspace Rent()
    {
        Workspace? kept = t_kept;
        t_kept = null;
        return kept ?? new Workspace();
    }

    public void Return()
    {
        Text.Trim(KeptBytes);
        Spare.Trim(KeptBytes);
        Words.Trim(KeptBytes);
        SpareWords.Trim(KeptBytes);
        First.Trim(KeptBytes);
        Second.Trim(KeptBytes);
        Model.Trim(KeptBytes);
        t_kept = this;
    }

    /// <summary>Makes what was written to <see cref="Spare"/> the text.</summary>
    public void SwapText() => (Text, Spare) = (Spare, Text);

    /// <summary>Makes what was written to <see cref="SpareWords"/> the words.</summary>
    public void SwapWords() => (Words, SpareWords) = (SpareWords, Words);
}
