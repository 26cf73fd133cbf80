using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

public sealed class ModelArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelArchiveTests() => Directory.CreateDirectory(_folder["out"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("m.tar")]
    [InlineData("m.tar.gz")]
    [InlineData("m.TGZ")]
    [InlineData("m.zip")]
    public void An_archive_is_unpacked(string name)
    {
        Directory.CreateDirectory(_folder["in/onnx"]);
        File.WriteAllText(_folder["in/onnx/model.onnx"], "model");
        if (name.EndsWith("zip", StringComparison.Ordinal)) ZipFile.CreateFromDirectory(_folder["in"], _folder[name]);
        else WriteTar(name, writer => writer.WriteEntry(_folder["in/onnx/model.onnx"], "onnx/model.onnx"));
        Assert.True(ModelArchive.IsArchive(_folder[name]));
        Assert.Null(ModelArchive.TryUnpack(_folder[name], _folder["out"]));
        Assert.Equal("model", File.ReadAllText(_folder["out/onnx/model.onnx"]));
    }

    [Theory]
    [InlineData("m.tar.gz", "not an archive")]
    [InlineData("m.tar", "not an archive, and long enough to be read as the beginning of one")]
    [InlineData("m.zip", "not an archive")]
    public void What_is_not_an_archive_is_refused_by_name(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        Assert.StartsWith($"'{_folder[name]}' cannot be unpacked: ", ModelArchive.TryUnpack(_folder[name], _folder["out"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    public void Nothing_is_written_outside_of_the_folder(string entry)
    {
        WriteTar("m.tar.gz", writer => writer.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("x")) }));
        Assert.NotNull(ModelArchive.TryUnpack(_folder["m.tar.gz"], _folder["out"]));
        Assert.False(File.Exists(_folder["outside"]));
    }

    [Fact]
    public void Directories_and_other_files_are_not_archives()
    {
        Directory.CreateDirectory(_folder["d.tar"]);
        File.WriteAllText(_folder["model.onnx"], "");
        Assert.False(ModelArchive.IsArchive(_folder["d.tar"]));
        Assert.False(ModelArchive.IsArchive(_folder["model.onnx"]));
        Assert.False(ModelArchive.IsArchive(_folder["missing.tar"]));
    }

    private void WriteTar(string name, Action<TarWriter> write)
    {
        using Stream file = File.Create(_folder[name]);
        using Stream stream = name.EndsWith(".tar", StringComparison.Ordinal) ? file : new GZipStream(file, CompressionMode.Compress);
        using var writer = new TarWriter(stream);
        write(writer);
    }
}
