using System.Globalization;
using System.Text.Json;
using Thaw.Gpu;

// Gpu BINARY REPORT DEVICE MODEL...: the published binary on the CPU and on DEVICE (cuda, cuda:N), with each model folder; the report is JSON.
if (args.Length < 4 || !args[2].StartsWith("cuda", StringComparison.Ordinal))
{
    Console.Error.WriteLine("Gpu BINARY REPORT DEVICE MODEL...");
    return 2;
}

// Sums in another order; TF32 is off unless THAW_CUDA_TF32 is set, and would need more.
const double Tolerance = 1e-3;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    string binary = Path.GetFullPath(args[0]);
    // The device first: where it is missing there is nothing to compare.
    using Server cuda = Server.Start(binary, args[2]);
    using Server cpu = Server.Start(binary, "cpu");
    var report = new Report(args[2], []);
    foreach (string model in args[3..])
    {
        ModelResult result = ModelBench.Run(cpu, cuda, Path.GetFullPath(model), Tolerance);
        report.Models.Add(result);
        Console.WriteLine($"""
            {result.Model}: largest difference of scores {result.LargestDifference:E1}
              load and first answer   CPU {result.CpuLoad,8:F1} + {result.CpuFirst,7:F1} ms   CUDA {result.CudaLoad,8:F1} + {result.CudaFirst,7:F1} ms
              warm, one text          CPU {result.CpuWarm,8:F1} ms              CUDA {result.CudaWarm,8:F1} ms
            """);
        foreach (BatchResult batch in result.Batches) Console.WriteLine($"  {batch.Texts,4} texts a request      CPU {batch.CpuTextsPerSecond,8:F0} texts/s         CUDA {batch.CudaTextsPerSecond,8:F0} texts/s");
    }

    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(args[1]))!);
    File.WriteAllText(args[1], JsonSerializer.Serialize(report, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }) + "\n");
    return 0;
}
catch (BenchException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
