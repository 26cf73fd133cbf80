using Thaw.Harness.Measuring;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Linux;

[Collection(nameof(AloneCollection))]
public sealed class PageTablesTests : IDisposable
{
    private const int Piece = 1 << 20;
    private const int Length = 64 * Piece;

    // Of the whole process, which allocates too. In small pages the file takes 128 kB.
    private const long Tolerance = 24 << 10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Those_of_a_file_are_what_the_process_takes_more_for_it(bool inHugePieces)
    {
        Write(inHugePieces);
        using MappedFile file = MappedFile.Open(_folder["f"])!;
        long before = Process();
        Assert.Equal(0, file.PageTableBytes);
        Assert.True(file.TryTouch(0, Length / 2));
        AssertEqual(before, file);
        Assert.True(file.TryTouch(0, Length));
        AssertEqual(before, file);
        // Whether the system keeps the other in huge pages depends on the file system.
        if (!inHugePieces) Assert.InRange(file.PageTableBytes!.Value, 128 << 10, 132 << 10);
        file.ReleasePageTables();
        Assert.Equal(0, file.PageTableBytes);
        AssertEqual(before, file);
        Assert.True(file.TryTouch(Piece, 1));
        Assert.InRange(file.PageTableBytes!.Value, 0, 4 << 10);
    }

    [Fact]
    public void Scattered_pages_cost_a_table_each()
    {
        Write(inHugePieces: false);
        using MappedFile file = MappedFile.Open(_folder["f"])!;
        // Every other table, so that there are more regions than one call returns.
        const int Tables = 100;
        using (FileStream sparse = File.Create(_folder["sparse"])) sparse.SetLength(Tables * 4L * Piece);
        using MappedFile wide = MappedFile.Open(_folder["sparse"])!;
        for (int i = 0; i < Tables; i++) Assert.True(wide.TryTouch(i * 4L * Piece, 1));
        Assert.InRange(wide.PageTableBytes!.Value, Tables * 4096, (Tables + 1) * 4096);
    }

    [Fact]
    public void The_descriptor_that_reads_them_is_closed()
    {
        Write(inHugePieces: false);
        using MappedFile file = MappedFile.Open(_folder["f"])!;
        int before = Descriptors();
        for (int i = 0; i < 100; i++) Assert.NotNull(file.PageTableBytes);
        Assert.Equal(before, Descriptors());

        static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }

    private static void AssertEqual(long before, MappedFile file) =>
        Assert.InRange(Process() - before - file.PageTableBytes!.Value, -Tolerance, Tolerance);

    private static long Process() => ProcessMemory.Read(Environment.ProcessId).PageTables;

    private void Write(bool inHugePieces)
    {
        using Stream stream = inHugePieces ? PieceStream.Create(_folder["f"], Length) : File.Create(_folder["f"], 4096);
        var part = new byte[inHugePieces ? Piece : 2048];
        for (int written = 0; written < Length; written += part.Length) stream.Write(part);
    }
}
