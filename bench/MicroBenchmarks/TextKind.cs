namespace Thaw.MicroBenchmarks;

/// <summary>Public as a benchmark's parameters have to be.</summary>
public enum TextKind
{
    Short,
    English,
    ThirtyLanguages,
    Chinese,
}
