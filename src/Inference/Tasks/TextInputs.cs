namespace Thaw.Inference.Tasks;

/// <summary>The inputs of a model, and which texts it can be given. Immutable.</summary>
internal sealed record TextInputs
{
    /// <summary>Maximum number of inputs of a model.</summary>
    public const int Most = 8;

    public required IReadOnlyList<TextInput> All { get; init; }

    /// <summary>Number of texts of every run; null if the model takes any number.</summary>
    public int? Rows { get; init; }

    /// <summary>Number of tokens, with padding, of every text; null if the model takes any number.</summary>
    public int? Columns { get; init; }

    /// <summary>Whether padding does not change a text's answer. If not, and <see cref="Columns"/> is null, the texts of a run must have equal
    /// lengths.</summary>
    public bool HidesPadding { get; init; }

    /// <summary>Why texts cannot be padded to one length that every text must have; null if they can.</summary>
    public InferenceError? NoPadding { get; init; }

    /// <summary>The token id of padding.</summary>
    public int PadId { get; init; }

    /// <summary>The position of a text's first token, if positions are an input.</summary>
    public int FirstPosition { get; init; }

    /// <summary>The position of padding, if positions are an input.</summary>
    public int PadPosition { get; init; }

    /// <summary>Token limit of a text, including special tokens.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Number of token types that the model knows.</summary>
    public int Types { get; init; } = int.MaxValue;

    /// <summary>Whether each text has a run of its own, so that its answer does not depend on others.</summary>
    public bool RunsAlone { get; init; }

    /// <summary>Whether the texts of a run must have equal lengths.</summary>
    public bool NeedsEqualLengths => !HidesPadding && Columns is null;
}
