namespace Thaw.Inference.Tasks;

/// <summary>The function that turns logits into scores.</summary>
public enum ScoreFunction
{
    None,
    Sigmoid,
    Softmax,
}
