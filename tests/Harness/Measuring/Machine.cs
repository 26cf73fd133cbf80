using System.Runtime.InteropServices;

namespace Thaw.Harness.Measuring;

/// <summary>The machine that the figures are from.</summary>
public sealed record Machine(string Processor, int Cores, string System)
{
    public static Machine Read()
    {
        string? processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return new Machine(
            processor?[(processor.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.OSArchitecture.ToString(),
            Environment.ProcessorCount,
            RuntimeInformation.OSDescription);
    }

    public override string ToString() => $"{Processor}, {Cores} cores, {System}";
}
