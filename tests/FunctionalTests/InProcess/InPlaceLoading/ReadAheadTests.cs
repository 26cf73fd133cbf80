using Microsoft.Win32.SafeHandles;
using Thaw.FunctionalTests.Support;
using Thaw.Onnx.Format;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

[Trait("Category", "inprocess")]
public sealed class ReadAheadTests : IDisposable
{
    private const int Length = 5 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_dropped_from_the_page_cache_is_read_again()
    {
        string path = _folder["weights"];
        using (FileStream file = File.Create(path))
        {
            file.Write(new byte[Length]);
            file.Flush(flushToDisk: true);
        }

        using SafeFileHandle handle = File.OpenHandle(path);
        using MappedFile mapped = MappedFile.Open(path)!;
        Assert.True(NativeFile.IsCached(handle, Length - 1));
        Assert.False(NativeFile.IsCached(handle, Length));
        Assert.Equal(0, NativeCode.DropFromPageCache(handle));
        new ReadAhead([(mapped, 1 << 20, 1 << 20), (mapped, 3 << 20, (2 << 20) - 10)]).Run();
        foreach (int read in (int[])[1 << 20, (2 << 20) - 1, 3 << 20, Length - 4096]) Assert.True(NativeFile.IsCached(handle, read), $"{read}");
    }

    [Fact]
    public void It_ends_when_it_is_cancelled_or_the_file_is_deleted_or_unmapped()
    {
        File.WriteAllBytes(_folder["weights"], new byte[Length]);
        using MappedFile mapped = MappedFile.Open(_folder["weights"])!;
        // Each of these would crash if it read anything.
        var cancelled = new ReadAhead([(mapped, 0, long.MaxValue)]);
        cancelled.Cancel();
        cancelled.Run();
        mapped.Dispose();
        new ReadAhead([(mapped, 0, long.MaxValue)]).Run();
        File.Delete(_folder["weights"]);
        new ReadAhead([(mapped, 0, long.MaxValue)]).Run();
        Assert.False(mapped.TryTouch(0, 1));
    }

    [Fact]
    public async Task A_mapping_disposed_during_a_step_stays_until_the_step_is_over()
    {
        File.WriteAllBytes(_folder["weights"], new byte[Length]);
        for (int round = 0; round < 200; round++)
        {
            MappedFile mapped = MappedFile.Open(_folder["weights"])!;
            Task reading = Task.Run(new ReadAhead([(mapped, 0, Length)]).Run);
            if (round % 2 == 0) Thread.Yield();
            mapped.Dispose();
            await reading;
            Assert.False(mapped.TryTouch(0, 1));
        }
    }
}
