using Thaw.TestModels;

namespace Thaw.MicroBenchmarks;

/// <summary>The model in samples/. Its path is absolute, because BenchmarkDotNet runs its builds from another folder.</summary>
internal static class SampleModel
{
    public static string Directory => Repository.Sample;
}
