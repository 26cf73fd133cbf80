using System.Globalization;
using Thaw.Gpu;
using Thaw.Harness;
using Thaw.Harness.Measuring;

const string Help = """
    Compares the published server on the CPU with the same server on a CUDA device.

    usage: Gpu BINARY REPORT DEVICE MODEL...

      BINARY   the server, published with -p:Cuda=true
      REPORT   file for the results, as JSON
      DEVICE   cuda or cuda:N
      MODEL    model directory

    """;

// The devices add in different orders. TF32, which is off unless THAW_CUDA_TF32 is set, would need more.
const double Tolerance = 1e-3;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return Tool.Run(args, Help, () =>
{
    if (args.Length < 4 || !args[2].StartsWith("cuda", StringComparison.Ordinal))
        throw new ArgumentException("Give the binary, the report file, cuda or cuda:N, and at least one model directory; --help explains them.");
    string binary = Path.GetFullPath(args[0]);
    // CUDA first: without the device there is nothing to compare.
    using Server cuda = Server.Start(binary, args[2]);
    using Server cpu = Server.Start(binary, "cpu");
    var report = new Report(args[2], []);
    foreach (string model in args[3..])
    {
        ModelResult result = ModelBench.Run(cpu, cuda, Path.GetFullPath(model), Tolerance);
        report.Models.Add(result);
        Console.WriteLine($"""
            {result.Model}: largest difference between scores {result.LargestDifference:E1}
              load and first answer   CPU {result.CpuLoad,8:F1} + {result.CpuFirst,7:F1} ms   CUDA {result.CudaLoad,8:F1} + {result.CudaFirst,7:F1} ms
              warm, one text          CPU {result.CpuWarm,8:F1} ms              CUDA {result.CudaWarm,8:F1} ms
            """);
        foreach (BatchResult batch in result.Batches)
        {
            Console.WriteLine(
                $"  {batch.Texts,4} texts per request    CPU {batch.CpuTextsPerSecond,8:F0} texts/s         CUDA {batch.CudaTextsPerSecond,8:F0} texts/s");
        }
    }

    Results.Write(args[1], report);
    return 0;
});
