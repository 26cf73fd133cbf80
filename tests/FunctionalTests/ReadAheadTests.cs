using Microsoft.Win32.SafeHandles;
using Thaw.FunctionalTests.Support;
using Thaw.Onnx;
using Thaw.Onnx.Model;

namespace Thaw.FunctionalTests;

public sealed class ReadAheadTests : IDisposable
{
    private const int Length = 5 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_dropped_from_the_page_cache_is_there_again()
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
        ReadAhead.Run([(mapped, 1 << 20, 1 << 20), (mapped, 3 << 20, (2 << 20) - 10)], CancellationToken.None);
        foreach (int read in (int[])[1 << 20, (2 << 20) - 1, 3 << 20, Length - 4096]) Assert.True(NativeFile.IsCached(handle, read), $"{read}");
    }

    [Fact]
    public void A_cancelled_one_reads_nothing()
    {
        File.WriteAllBytes(_folder["weights"], new byte[Length]);
        using MappedFile mapped = MappedFile.Open(_folder["weights"])!;
        // It would fail if it looked.
        ReadAhead.Run([(mapped, 0, long.MaxValue)], new CancellationToken(canceled: true));
        File.Delete(_folder["weights"]);
        Assert.Throws<FileNotFoundException>(() => ReadAhead.Run([(mapped, 0, Length)], CancellationToken.None));
    }
}
