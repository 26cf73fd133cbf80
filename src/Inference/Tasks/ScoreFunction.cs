namespace Thaw.Inference.Tasks;

/// <summary>What turns logits into scores.</summary>
public enum ScoreFunction
{
    None,
    Sigmoid,
    Softmax,
}
