using Thaw.Inference.Preparing;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Preparing;

public sealed class StagingFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["model"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Publishing_moves_files_into_the_target_and_removes_old_weights()
    {
        Write("model.onnx", "old");
        Directory.CreateDirectory(Path.Combine(Target, "weights"));
        Write("weights/old", "old weights");
        using (StagingFolder staging = StagingFolder.Create(Target, out string[] abandoned))
        {
            Assert.Empty(abandoned);
            File.WriteAllText(Path.Combine(staging.Path, "model.onnx"), "new");
            File.WriteAllText(Path.Combine(staging.Path, "new.data"), "new weights");
            staging.Publish("new.data", "model.onnx", [Path.Combine(Target, "weights", "old")]);
        }

        Assert.Equal(["model.onnx", "new.data", "weights"], Entries());
        Assert.Equal("new", File.ReadAllText(Path.Combine(Target, "model.onnx")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Target, "weights")));
    }

    [Fact]
    public void A_folder_that_is_not_published_leaves_nothing()
    {
        using (StagingFolder staging = StagingFolder.Create(Target, out _)) File.WriteAllText(Path.Combine(staging.Path, "model.onnx"), "new");
        Assert.False(Directory.Exists(Target));
        Write("model.onnx", "old");
        using (StagingFolder staging = StagingFolder.Create(Target, out _)) File.WriteAllText(Path.Combine(staging.Path, "model.onnx"), "new");
        Assert.Equal(["model.onnx"], Entries());
        Assert.Equal("old", File.ReadAllText(Path.Combine(Target, "model.onnx")));
    }

    [Fact]
    public void If_a_file_cannot_be_moved_the_target_is_unchanged()
    {
        Directory.CreateDirectory(Target);
        // A file cannot be renamed over a folder that is not empty.
        Directory.CreateDirectory(Path.Combine(Target, "model.onnx", "inner"));
        Write("old.data", "old weights");
        using (StagingFolder staging = StagingFolder.Create(Target, out _))
        {
            foreach (string name in (string[])["model.onnx", "new.data", "tokenizer.json"]) File.WriteAllText(Path.Combine(staging.Path, name), "new");
            Assert.ThrowsAny<SystemException>(() => staging.Publish("new.data", "model.onnx", [Path.Combine(Target, "old.data")]));
        }

        Assert.Equal(["model.onnx", "old.data"], Entries());
    }

    [Fact]
    public void The_folder_can_be_used_only_once_at_a_time()
    {
        using (StagingFolder.Create(Target, out _)) Assert.ThrowsAny<IOException>(() => StagingFolder.Create(Target, out _));
        using StagingFolder again = StagingFolder.Create(Target, out _);
        Assert.True(Directory.Exists(again.Path));
    }

    [Fact]
    public void A_folder_left_by_an_interrupted_run_is_emptied_and_its_weight_files_are_reported()
    {
        string left = Path.Combine(Target, StagingFolder.Name);
        Directory.CreateDirectory(Path.Combine(left, "folder"));
        foreach (string name in (string[])["model.onnx", ".lock", "folder/file"]) File.WriteAllText(Path.Combine(left, name), "");
        File.WriteAllLines(Path.Combine(left, ".weights"), ["old.data", "new.data"]);
        using (StagingFolder staging = StagingFolder.Create(Target, out string[] abandoned))
        {
            Assert.Equal([Path.Combine(Target, "old.data"), Path.Combine(Target, "new.data")], abandoned);
            Assert.Equal(".lock", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(staging.Path))));
        }

        Assert.Empty(Entries());
    }

    private string[] Entries() => [.. Directory.GetFileSystemEntries(Target).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, name), content);
    }
}
