using Thaw.Inference.Batching;
using Thaw.Inference.Tasks;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>How the texts of one JSON value were given, which decides what the answer looks like.</summary>
internal enum InputShape
{
    /// <summary><c>"inputs": "text"</c></summary>
    Text,

    /// <summary><c>"inputs": {"text": …}</c></summary>
    Object,

    /// <summary><c>"inputs": […]</c></summary>
    List,

    /// <summary><c>"input_text": "text"</c></summary>
    Scores,

    /// <summary><c>"input_text": […]</c></summary>
    ScoresList,
}

/// <summary>The <c>parameters</c> of a request, as transformers' text classification pipeline takes them.</summary>
internal sealed record InvokeParameters
{
    public static InvokeParameters Default { get; } = new();

    /// <summary>Whether top_k was given, null included: the answer is sorted then, and one level deeper.</summary>
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

/// <summary>One JSON value of a request: which of the texts are its own and what is to be made of them.</summary>
internal readonly record struct InvokeItem(int First, int Count, InputShape Shape, InvokeParameters Parameters);

/// <summary>A request to invoke a model. Its owner disposes it when the answer is written.</summary>
internal sealed class InvokeRequest(bool lines) : IDisposable
{
    public RequestTexts Texts { get; } = new();

    public List<InvokeItem> Items { get; } = [];

    /// <summary>JSON lines: one value a line, in the question and in the answer.</summary>
    public bool Lines => lines;

    public void Dispose() => Texts.Dispose();
}
