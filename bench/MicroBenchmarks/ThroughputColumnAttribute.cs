using BenchmarkDotNet.Attributes;

namespace Thaw.MicroBenchmarks;

/// <summary>Adds the <see cref="ThroughputColumn"/> to the results of a class.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ThroughputColumnAttribute() : ColumnConfigBaseAttribute(new ThroughputColumn());
