using Thaw.TestModels;

namespace Thaw.MicroBenchmarks;

/// <summary>The model in samples/. BenchmarkDotNet runs what it builds from a folder somewhere below the repository's root.</summary>
internal static class SampleModel
{
    public static string Directory => Repository.Sample;
}
