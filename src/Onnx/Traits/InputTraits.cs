namespace Thaw.Onnx.Traits;

/// <summary>What a graph does with one of its inputs. Immutable.</summary>
public sealed record InputTraits
{
    public required string Name { get; init; }

    /// <summary>Whether a node that an output needs reads it, perhaps only its shape.</summary>
    public required bool IsUsed { get; init; }

    /// <summary>Whether an output depends on its elements.</summary>
    public required bool IsRead { get; init; }

    /// <summary>Rows of the smallest table that its elements are looked up in; null if there is none.</summary>
    public required long? Rows { get; init; }

    /// <summary>Whether a token has the same answer with padding behind the text, as long as this input tells the two apart: every step that mixes
    /// the tokens of a text depends on it.</summary>
    public required bool HidesPadding { get; init; }

    /// <summary>Numbers that its elements are compared with.</summary>
    public required IReadOnlyList<long> ComparedWith { get; init; }

    /// <summary>Whether its elements are read by something other than lookups and comparisons with a constant.</summary>
    public required bool IsReadOtherwise { get; init; }
}
