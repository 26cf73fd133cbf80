using Thaw.Inference.Preparing;
using Thaw.UnitTests.TestModels;

namespace Thaw.UnitTests.Inference.Preparing;

public sealed class StagingFolderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Target => _folder.File("model");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_are_put_in_place_and_old_weights_removed()
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
    public void What_is_not_published_leaves_nothing()
    {
        using (StagingFolder staging = StagingFolder.Create(Target, out _)) File.WriteAllText(Path.Combine(staging.Path, "model.onnx"), "new");
        Assert.False(Directory.Exists(Target));
        Write("model.onnx", "old");
        using (StagingFolder staging = StagingFolder.Create(Target, out _)) File.WriteAllText(Path.Combine(staging.Path, "model.onnx"), "new");
        Assert.Equal(["model.onnx"], Entries());
        Assert.Equal("old", File.ReadAllText(Path.Combine(Target, "model.onnx")));
    }

    [Fact]
    public void A_file_that_cannot_be_put_in_place_leaves_the_target_as_it_was()
    {
        Directory.CreateDirectory(Target);
        // No file can be renamed over a folder that holds something.
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
    public void Only_one_has_the_folder()
    {
        using (StagingFolder.Create(Target, out _)) Assert.ThrowsAny<IOException>(() => StagingFolder.Create(Target, out _));
        using StagingFolder again = StagingFolder.Create(Target, out _);
        Assert.True(Directory.Exists(again.Path));
    }

    [Fact]
    public void A_folder_that_was_left_behind_is_emptied_and_tells_which_weights_were_being_exchanged()
    {
        string left = Path.Combine(Target, StagingFolder.Name);
        Directory.CreateDirectory(Path.Combine(left, "folder"));
        foreach (string name in (string[])["model.onnx", "lock", "folder/file"]) File.WriteAllText(Path.Combine(left, name), "");
        File.WriteAllLines(Path.Combine(left, "weights"), ["old.data", "new.data"]);
        using (StagingFolder staging = StagingFolder.Create(Target, out string[] abandoned))
        {
            Assert.Equal([Path.Combine(Target, "old.data"), Path.Combine(Target, "new.data")], abandoned);
            Assert.Equal("lock", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(staging.Path))));
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
