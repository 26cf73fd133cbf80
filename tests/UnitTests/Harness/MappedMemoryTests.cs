using System.IO.MemoryMappedFiles;
using Thaw.Harness.Measuring;
using Thaw.TestModels;

namespace Thaw.UnitTests.Harness;

public sealed class MappedMemoryTests
{
    private const long Kilobyte = 1024, Megabyte = 1 << 20;

    [Theory]
    [InlineData("", 100, 0, 0)]
    [InlineData("[heap]", 100, 0, 0)]
    [InlineData("[anon: glibc malloc]", 100, 0, 0)]
    [InlineData("/memfd:doublemapper (deleted)", 100, 0, 0)]
    [InlineData("/dev/zero (deleted)", 100, 0, 0)]
    [InlineData("/models/bert/model.onnx", 30, 70, 0)]
    [InlineData("/models/bert/onnx/model.onnx (deleted)", 30, 70, 0)]
    [InlineData("/models/bert/a name.onnx", 30, 70, 0)]
    [InlineData("/models/bert-2/model.onnx", 30, 0, 70)]
    [InlineData("/usr/lib/libc.so.6", 30, 0, 70)]
    public void Pages_are_counted_by_what_they_map(string path, long privately, long model, long other)
    {
        var expected = new MappedMemory(privately * Kilobyte, model * Kilobyte, other * Kilobyte);
        Assert.Equal(expected, MappedMemory.Parse(Mapping(path, resident: 100, anonymous: 30), ["/models/bert"]));
        Assert.Equal(expected, MappedMemory.Parse(Mapping(path, resident: 100, anonymous: 30), ["/elsewhere", "/models/bert/"]));
    }

    [Fact]
    public void Mappings_add_up_and_only_resident_pages_count()
    {
        IEnumerable<string> smaps =
        [
            .. Mapping("/models/bert/model.onnx", 100, 0), .. Mapping("", 10, 10), .. Mapping("/models/bert/model.onnx", 0, 0), .. Mapping("[stack]", 5, 5),
            .. Mapping("/models/bert/data", 1, 0), .. Mapping("/thaw", 3, 1),
        ];
        Assert.Equal(new MappedMemory(16 * Kilobyte, 101 * Kilobyte, 2 * Kilobyte), MappedMemory.Parse(smaps, ["/models/bert"]));
    }

    [Fact]
    public void A_process_has_the_memory_that_its_status_says()
    {
        ProcessMemory status = ProcessMemory.Read(Environment.ProcessId);
        MappedMemory maps = MappedMemory.Read(Environment.ProcessId);
        // Other tests of this process run meanwhile, and the status lags by some pages for each thread.
        Assert.InRange(maps.Private, 0.5 * status.Private, 2.0 * status.Private);
        Assert.Equal(0, maps.Model);
        Assert.InRange(maps.OtherFiles, 1, 2.0 * status.File);
    }

    [Fact]
    public void A_mapped_file_that_was_read_counts_for_the_model()
    {
        using var directory = new TemporaryFolder();
        File.WriteAllBytes(directory["weights"], new byte[8 * Megabyte]);
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(directory["weights"]);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor();
        Assert.Equal(0, MappedMemory.Read(Environment.ProcessId, directory.Path).Model);
        for (long at = 0; at < 8 * Megabyte; at += 4096) Assert.Equal(0, view.ReadByte(at));
        Assert.Equal(8 * Megabyte, MappedMemory.Read(Environment.ProcessId, directory.Path).Model);
    }

    // As the kernel writes it, without the fields that the parser ignores.
    private static IEnumerable<string> Mapping(string path, long resident, long anonymous) =>
    [
        $"7f1c2c000000-7f1c2c021000 r--p 00001000 fe:00 1234                       {path}",
        "Size:               1024 kB",
        $"Rss:        {resident,12} kB",
        "Pss:                   9 kB",
        "Private_Dirty:         9 kB",
        $"Anonymous:  {anonymous,12} kB",
        "AnonHugePages:         0 kB",
        "VmFlags: rd mr mw me ac sd",
    ];
}
