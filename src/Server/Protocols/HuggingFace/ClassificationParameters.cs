using Thaw.Inference.Tasks;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>The <c>parameters</c> of a request, as transformers' text classification pipeline takes them.</summary>
internal readonly record struct ClassificationParameters()
{
    /// <summary>Whether top_k was given, null included: the answer is then sorted, and one level deeper.</summary>
    public bool HasTopK { get; init; }

    /// <summary>How many labels; null for all.</summary>
    public int? TopK { get; init; } = 1;

    /// <summary>The older way to ask for all labels: unsorted.</summary>
    public bool ReturnAllScores { get; init; }

    public ScoreFunction? Function { get; init; }

    public bool Truncation { get; init; } = true;

    /// <summary>Tokens per text; 0 for as many as the model takes.</summary>
    public int MaxLength { get; init; }
}
