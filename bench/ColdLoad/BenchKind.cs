namespace Thaw.ColdLoad;

internal enum BenchKind
{
    Cold,
    Density,
    Fifty,
}
