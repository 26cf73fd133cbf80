using Thaw.Onnx.Runtime;

namespace Thaw.UnitTests.Onnx.Runtime;

public sealed class CudaOptionsTests
{
    [Fact]
    public void Options_have_the_providers_names() =>
        Assert.Equal(
            [("device_id", "2"), ("gpu_mem_limit", "1073741824"), ("arena_extend_strategy", "kNextPowerOfTwo"), ("use_tf32", "1")],
            new CudaOptions { Device = 2, ArenaLimit = 1 << 30, Arena = CudaArena.NextPowerOfTwo, Tf32 = true }.Entries);

    [Fact]
    public void By_default_the_arena_is_unlimited_and_TF32_is_off() =>
        Assert.Equal([("device_id", "0"), ("arena_extend_strategy", "kSameAsRequested"), ("use_tf32", "0")], new CudaOptions().Entries);
}
