using Thaw.Inference.Files;
using Thaw.Inference.Preparing;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Preparing;

public sealed class CarriedFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_files_are_carried_except_excluded_and_hidden_ones()
    {
        string[] files = ["config.json", "model.onnx", "model.onnx_data", "1_Pooling/config.json", ".git/objects", "out/config.json", "onnx/quantized.onnx"];
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            File.WriteAllText(_folder[file], file);
        }

        File.CreateSymbolicLink(_folder["linked.json"], _folder[".git/objects"]);
        var directory = new ModelDirectory(_folder.Path, _folder["model.onnx"]);
        List<string> carried = CarriedFiles.Find(directory, [_folder["model.onnx"], _folder["model.onnx_data"], _folder["out"]]);
        Assert.Equal(["1_Pooling/config.json", "config.json", "linked.json", "onnx/quantized.onnx"], carried);

        CarriedFiles.Copy(directory, carried, _folder["copy"], CancellationToken.None);
        foreach (string file in carried) Assert.Equal(File.ReadAllText(_folder[file]), File.ReadAllText(Path.Combine(_folder["copy"], file)));
        Assert.Null(new FileInfo(Path.Combine(_folder["copy"], "linked.json")).LinkTarget);
    }

    [Fact]
    public void Links_to_folders_that_form_a_cycle_are_refused()
    {
        Directory.CreateSymbolicLink(_folder["again"], _folder.Path);
        Assert.Throws<IOException>(() => CarriedFiles.Find(new ModelDirectory(_folder.Path, _folder["model.onnx"]), []));
    }
}
