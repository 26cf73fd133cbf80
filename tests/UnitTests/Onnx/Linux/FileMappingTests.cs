using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Linux;

public sealed class FileMappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_cannot_be_mapped_says_why()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var end = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        string message = Assert.Throws<IOException>(() => FileMapping.Of(end, 4096)).Message;
        Assert.Equal("It cannot be mapped: No such device.", message);
    }

    [Fact]
    public void Without_room_for_a_mapping_the_message_names_the_systems_limit()
    {
        File.WriteAllBytes(_folder["f"], [1]);
        using SafeFileHandle file = File.OpenHandle(_folder["f"]);
        // Longer than an address space, which is the same error as too many mappings.
        string message = Assert.Throws<SystemLimitException>(() => FileMapping.Of(file, 1L << 60)).Message;
        Assert.Contains("Cannot allocate memory", message);
        Assert.Contains("vm.max_map_count", message);
        Assert.Contains("ulimit -v", message);
    }
}
