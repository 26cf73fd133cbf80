namespace Thaw.Onnx.Traits;

/// <summary>What a value has to do with the tokens of a text.</summary>
internal enum TokenUse
{
    /// <summary>It is not computed from looked-up tokens.</summary>
    None,

    /// <summary>It has parts for each token.</summary>
    EachToken,

    /// <summary>It is computed from tokens, and has parts for each text only.</summary>
    WholeText,
}
