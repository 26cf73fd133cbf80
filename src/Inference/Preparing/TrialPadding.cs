namespace Thaw.Inference.Preparing;

/// <summary>Where a batch's padding is.</summary>
internal enum TrialPadding
{
    None,
    Right,
    Left,
    Holes,
}
