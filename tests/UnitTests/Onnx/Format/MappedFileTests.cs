using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_read_beyond_the_file_or_after_its_end()
    {
        string path = _folder["f"];
        File.WriteAllBytes(path, [1, 2, 3]);
        MappedFile file = MappedFile.Open(path)!;
        Assert.Equal([2, 3], file.Span(1, 2).ToArray());
        Assert.Equal(0, file.Span(3, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(1, 3).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(4, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(1, -1).Length);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Span(0, 1).Length);
    }

    [Fact]
    public void An_empty_file_is_not_mapped_and_a_missing_one_is_an_error()
    {
        File.WriteAllBytes(_folder["empty"], []);
        Assert.Null(MappedFile.Open(_folder["empty"]));
        Assert.Throws<FileNotFoundException>(() => MappedFile.Open(_folder["missing"]));
        Assert.Throws<UnauthorizedAccessException>(() => MappedFile.Open(_folder.Path));
    }

    [Fact]
    public void A_files_identity_changes_when_it_is_replaced_or_written_to()
    {
        string path = _folder["f"];
        Assert.Null(NativeFile.Identity(path));
        File.WriteAllBytes(path, [1, 2, 3]);
        FileIdentity? first = NativeFile.Identity(path);
        Assert.NotNull(first);
        Assert.Equal(first, NativeFile.Identity(path));
        File.CreateSymbolicLink(_folder["link"], path);
        Assert.Equal(first, NativeFile.Identity(_folder["link"]));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(1.5));
        FileIdentity? touched = NativeFile.Identity(path);
        Assert.Equal((1L, 500_000_000u, 3ul), (touched!.Value.ModifiedSeconds, touched.Value.ModifiedNanoseconds, touched.Value.Size));
        File.WriteAllBytes(_folder["g"], [1, 2, 3]);
        File.SetLastWriteTimeUtc(_folder["g"], DateTime.UnixEpoch.AddSeconds(1.5));
        File.Move(_folder["g"], path, overwrite: true);
        Assert.NotEqual(touched, NativeFile.Identity(path));
    }
}
