namespace Thaw.TestModels.Bert;

/// <summary>How a fused graph tells Attention which tokens are padding.</summary>
public enum FusedMask
{
    /// <summary>The mask itself, int32 [batch, sequence].</summary>
    Raw,

    /// <summary>Tokens per row, int32 [batch]: all padding must be on the right.</summary>
    Lengths,
}
