namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>How the texts of one JSON value were given, which decides the shape of the answer.</summary>
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
