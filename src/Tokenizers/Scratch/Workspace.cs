namespace Thaw.Tokenizers.Scratch;

/// <summary>
/// All the memory that one call of a tokenizer writes to. Each thread keeps the workspace that it used last, so that a call neither
/// allocates nor shares anything.
/// </summary>
internal sealed class Workspace
{
    // The longest buffer that a thread keeps: enough for nearly every request. Longer ones go back to the shared pools.
    private const int KeptBytes = 1 << 16;

    [ThreadStatic]
    private static Workspace? s_kept;

    private Workspace()
    {
    }

    /// <summary>The text after the stages so far.</summary>
    public TextBuffer Text { get; private set; } = new();

    /// <summary>The buffer that a stage writes before <see cref="SwapText"/>.</summary>
    public TextBuffer Spare { get; private set; } = new();

    /// <summary>The words of <see cref="Text"/>.</summary>
    public WordList Words { get; private set; } = new();

    /// <summary>The list that a pre-tokenizer writes before <see cref="SwapWords"/>.</summary>
    public WordList SpareWords { get; private set; } = new();

    public TokenList First { get; } = new();

    /// <summary>The tokens of the second text of a pair.</summary>
    public TokenList Second { get; } = new();

    /// <summary>The token model's working memory for one word.</summary>
    public ModelScratch Model { get; } = new();

    public static Workspace Rent()
    {
        Workspace? kept = s_kept;
        s_kept = null;
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
        s_kept = this;
    }

    /// <summary>Makes what was written to <see cref="Spare"/> the text.</summary>
    public void SwapText() => (Text, Spare) = (Spare, Text);

    /// <summary>Makes what was written to <see cref="SpareWords"/> the words.</summary>
    public void SwapWords() => (Words, SpareWords) = (SpareWords, Words);
}
