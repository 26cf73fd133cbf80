namespace Thaw.MicroBenchmarks;

/// <summary>Managed memory that a benchmark may allocate per operation; more makes the run fail (<see cref="AllocationCheck"/>).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AllocatesAtMostAttribute(long bytes) : Attribute
{
    public long Bytes => bytes;
}
