namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>A padding layout.</summary>
internal enum Padding
{
    None,
    Right,
    Left,
    Holes,
    WholeRows,
}
