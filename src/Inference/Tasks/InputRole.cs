namespace Thaw.Inference.Tasks;

/// <summary>What an input of a model is given.</summary>
internal enum InputRole
{
    Ids,
    Mask,
    TypeIds,
    PositionIds,

    /// <summary>Zeros: nothing in the graph reads it.</summary>
    Unused,
}
