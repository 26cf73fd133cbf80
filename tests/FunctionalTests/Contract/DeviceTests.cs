using System.Runtime.InteropServices;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Contract;

/// <summary>A server that is asked for CUDA on a machine where a part of it is missing. A driver in C stands in for NVIDIA's.</summary>
[Trait("Category", "binary")]
public sealed class DeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_build_without_CUDA_says_so() => AssertOneLine(await StartAsync("cuda", provider: false), "This build has no CUDA");

    [NoDriverFact]
    public async Task A_missing_driver_gives_one_clear_line() =>
        AssertOneLine(await StartAsync("cuda", provider: true), "NVIDIA's driver is missing: libcuda.so.1");

    [Theory]
    [InlineData("cuda", "return 100;", "finds no device that it can use (cuInit failed with error 100)")]
    [InlineData("cuda:3", "return 0;", "There is no device 3: NVIDIA's driver has 1")]
    [InlineData("cuda", "return 0;", "ONNX Runtime cannot use device 0")]
    public async Task A_driver_or_provider_that_fails_gives_one_clear_line(string device, string init, string reason)
    {
        NativeCode.CompileLibrary(_folder["driver.c"], Driver(init), _folder["libcuda.so.1"]);
        AssertOneLine(await StartAsync(device, provider: true, ("LD_LIBRARY_PATH", _folder.Path)), reason);
    }

    [Fact]
    public async Task A_driver_that_is_too_old_gives_one_clear_line()
    {
        NativeCode.CompileLibrary(_folder["driver.c"], "int cuInit(unsigned flags) { return 0; }", _folder["libcuda.so.1"]);
        AssertOneLine(await StartAsync("cuda", provider: true, ("LD_LIBRARY_PATH", _folder.Path)), "too old: libcuda.so.1 has no cuDeviceGetCount");
    }

    [Fact]
    public async Task Auto_falls_back_to_the_CPU_and_the_log_says_why()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_DEVICE"] = "auto" });
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        Assert.Equal(0, await server.StopAsync());
        Assert.Contains("Models run on the CPU: This build has no CUDA", server.Output);
    }

    private static string Driver(string init) =>
        $$"""
        int cuInit(unsigned flags) { {{init}} }
        int cuDeviceGetCount(int *count) { *count = 1; return 0; }
        int cuDeviceGet(int *device, int number) { *device = number; return 0; }
        int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { *bytes = 16ul << 30; return 0; }
        """;

    private async Task<(int ExitCode, string Output)> StartAsync(string device, bool provider, params (string Name, string Value)[] variables)
    {
        File.Copy(Published.Binary, _folder["thaw"]);
        File.Copy(Published.Library, _folder["libonnxruntime.so"]);
        // Without the provider's real library, which is what the last test is about.
        if (provider) NativeCode.CompileLibrary(_folder["provider.c"], "int unrelated(void) { return 0; }", _folder["libonnxruntime_providers_cuda.so"]);
        Dictionary<string, string> all = variables.Append(("THAW_DEVICE", device)).ToDictionary(variable => variable.Item1, variable => variable.Item2);
        return await ServerProcess.RunAsync([_folder["thaw"], "serve", "--port", $"{FreePort.Find()}"], all);
    }

    private static void AssertOneLine((int ExitCode, string Output) result, string reason)
    {
        Assert.Equal(1, result.ExitCode);
        string line = Assert.Single(result.Output.Trim().Split('\n'), text => text.StartsWith("thaw: ", StringComparison.Ordinal));
        Assert.Contains(reason, line);
    }

    /// <summary>Reported as skipped if NVIDIA's driver is installed.</summary>
    private sealed class NoDriverFactAttribute : FactAttribute
    {
        public NoDriverFactAttribute() => Skip = NativeLibrary.TryLoad("libcuda.so.1", out _) ? "NVIDIA's driver is there" : null;
    }
}
