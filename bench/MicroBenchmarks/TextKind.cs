namespace Thaw.MicroBenchmarks;

/// <summary>Public, as the types of benchmark parameters must be.</summary>
public enum TextKind
{
    Short,
    English,
    ThirtyLanguages,
    Chinese,
}
