namespace Thaw.MicroBenchmarks;

/// <summary>The most managed memory that a benchmark may allocate per operation. More fails the run (<see cref="AllocationCheck"/>).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AllocatesAtMostAttribute(long bytes) : Attribute
{
    public long Bytes => bytes;
}
