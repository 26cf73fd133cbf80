namespace Thaw.Onnx.Traits;

/// <summary>What a graph has already done to the numbers of one of its outputs.</summary>
public enum OutputFunction
{
    /// <summary>Nothing that is known here: they are logits, if the model has any.</summary>
    None,
    Sigmoid,
    Softmax,
    LogSoftmax,

    /// <summary>They are computed from probabilities, such as one column of a softmax.</summary>
    OfProbabilities,

    /// <summary>A softmax over the texts of a run and not over the labels of a text, so that a text's numbers depend on the others.</summary>
    AcrossTexts,

    /// <summary>They come from a function of the file, a loop, an operator of another domain or many paths: what these do is not known here.</summary>
    Unknown,
}
