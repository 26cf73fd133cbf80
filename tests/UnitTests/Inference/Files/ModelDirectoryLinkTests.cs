using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

/// <summary>Symbolic links, and places where models are not allowed.</summary>
public sealed class ModelDirectoryLinkTests : IDisposable
{
    private const string Outside = "outside ";

    private readonly TemporaryFolder _temporary = new();

    public ModelDirectoryLinkTests()
    {
        Directory.CreateDirectory(At("root/good"));
        Directory.CreateDirectory(At("elsewhere/model"));
        foreach (string folder in (string[])["root/good", "elsewhere/model"])
        {
            File.WriteAllBytes(At($"{folder}/model.onnx"), new byte[500]);
            File.WriteAllText(At($"{folder}/config.json"), "{}");
        }
    }

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/self")]
    [InlineData("/sys/kernel")]
    [InlineData("/dev/shm")]
    [InlineData("/opt/../proc/1")]
    [InlineData("//dev//")]
    [InlineData("/proc/does/not/exist")]
    public void System_directories_are_refused(string path) => AssertRefused(path, null, "system directory");

    [Theory]
    [InlineData("/processed/model")]
    [InlineData("/devices/model")]
    public void Names_that_only_start_like_a_system_directory_are_allowed(string path) => AssertRefused(path, null, "does not exist");

    [Fact]
    public void A_link_into_a_system_directory_is_refused()
    {
        Link("innocent", "/proc/self");

        AssertRefused(At("innocent"), null, "system directory");
        AssertRefused(At("innocent/task"), null, "system directory");
    }

    [Fact]
    public void Models_in_the_root_are_found()
    {
        Assert.Equal(At("root/good"), Found("root/good", At("root")).Path);
        Assert.Equal(At("root/good"), Found("root/good", At("root") + "/").Path);
        Assert.Equal(At("root/good"), Found("root/good", "/").Path);
        Assert.Equal(At("root/good"), Found("root/good", At("root/good")).Path);
    }

    [Fact]
    public void A_root_may_be_a_link()
    {
        Link("linked-root", At("root"));

        Assert.Equal(At("root/good"), Found("linked-root/good", At("linked-root")).Path);
        Assert.Equal(At("root/good"), Found("root/good", At("linked-root")).Path);
    }

    [Theory]
    [InlineData("elsewhere/model")]
    [InlineData("root/../elsewhere/model")]
    [InlineData("root-too")]
    [InlineData("root/good/../..")]
    public void Paths_outside_the_root_are_refused(string path) => AssertRefused(At(path), At("root"), Outside);

    [Fact]
    public void A_link_out_of_the_root_is_refused()
    {
        Link("root/absolute", At("elsewhere/model"));
        Link("root/relative", "../elsewhere/model");
        Link("root/parent", "../elsewhere");

        AssertRefused(At("root/absolute"), At("root"), Outside);
        AssertRefused(At("root/relative"), At("root"), Outside);
        AssertRefused(At("root/parent/model"), At("root"), Outside);
        Assert.Equal(At("elsewhere/model"), Found("root/absolute", null).Path);
    }

    [Fact]
    public void A_wrapping_folder_that_links_out_of_the_root_is_refused()
    {
        Directory.CreateDirectory(At("root/wrapper"));
        Link("root/wrapper/inner", At("elsewhere/model"));
        Directory.CreateDirectory(At("root/system"));
        Link("root/system/inner", "/proc/self");

        AssertRefused(At("root/wrapper"), At("root"), Outside);
        AssertRefused(At("root/system"), null, "system directory");
    }

    [Fact]
    public void A_model_file_that_links_out_of_the_root_is_refused()
    {
        foreach (string folder in (string[])["root/linked", "root/zero"])
        {
            Directory.CreateDirectory(At(folder));
            File.WriteAllText(At($"{folder}/config.json"), "{}");
        }

        Link("root/linked/model.onnx", "../../elsewhere/model/model.onnx");
        Link("root/zero/model.onnx", "/dev/zero");

        AssertRefused(At("root/linked"), At("root"), Outside);
        AssertRefused(At("root/zero"), null, "system directory");
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("thaw.json")]
    [InlineData("tokenizer/tokenizer.json")]
    [InlineData("onnx/model.onnx_data")]
    public void Every_file_of_a_layout_must_be_in_the_root(string file)
    {
        string[] files = ["config.json", "thaw.json", "tokenizer/tokenizer.json", "onnx/model.onnx_data", "onnx/model.onnx"];
        foreach (string path in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At($"root/layout/{path}"))!);
            File.WriteAllText(At($"root/layout/{path}"), "{}");
        }

        Assert.Equal(At("root/layout/onnx/model.onnx"), Found("root/layout", At("root")).ModelFile);
        File.WriteAllText(At("elsewhere/file"), "{}");
        File.Delete(At($"root/layout/{file}"));
        Link($"root/layout/{file}", At("elsewhere/file"));

        AssertRefused(At("root/layout"), At("root"), Outside);
        Assert.Equal(At("root/layout/onnx/model.onnx"), Found("root/layout", null).ModelFile);
    }

    [Fact]
    public void Every_folder_of_a_layout_must_be_in_the_root()
    {
        Directory.CreateDirectory(At("root/onnx-elsewhere"));
        Link("root/onnx-elsewhere/onnx", At("elsewhere/model"));
        Directory.CreateDirectory(At("root/tokenizer-elsewhere"));
        Link("root/tokenizer-elsewhere/model.onnx", "../good/model.onnx");
        Link("root/tokenizer-elsewhere/tokenizer", At("elsewhere/model"));

        AssertRefused(At("root/onnx-elsewhere"), At("root"), Outside);
        AssertRefused(At("root/tokenizer-elsewhere"), At("root"), Outside);
    }

    [Fact]
    public void A_wrapping_folder_beside_a_link_out_of_the_root_is_found()
    {
        Directory.CreateDirectory(At("root/several/model"));
        Link("root/several/elsewhere", At("elsewhere"));
        Link("root/several/model/model.onnx", "../../good/model.onnx");
        Link("root/several/model/config.json", "../../good/config.json");

        Assert.Equal(At("root/several/model"), Found("root/several", At("root")).Path);
    }

    [Fact]
    public void Linked_files_keep_their_paths_and_count_with_the_size_of_their_targets()
    {
        // The layout of huggingface_hub's cache.
        Directory.CreateDirectory(At("root/snapshots/1"));
        Directory.CreateDirectory(At("root/blobs"));
        File.WriteAllBytes(At("root/blobs/abc"), new byte[70_000]);
        File.WriteAllBytes(At("root/blobs/def"), new byte[8_000]);
        File.WriteAllText(At("root/blobs/ghi"), "{}");
        Link("root/snapshots/1/config.json", "../../blobs/ghi");
        Link("root/snapshots/1/model.onnx", "../../blobs/abc");
        Link("root/snapshots/1/model.onnx_data", "../../blobs/def");
        Link("root/snapshots/1/model.onnx_data_2", "../../blobs/gone");

        ModelDirectory found = Found("root/snapshots/1", At("root"));

        Assert.Equal(At("root/snapshots/1/model.onnx"), found.ModelFile);
        Assert.InRange(found.WeightBytes(), 78_000, 78_100);
    }

    [Fact]
    public void Broken_links_are_refused()
    {
        Link("broken", At("nothing"));
        Directory.CreateDirectory(At("hollow"));
        File.WriteAllText(At("hollow/config.json"), "{}");
        Link("hollow/model.onnx", "nothing.onnx");

        AssertRefused(At("broken"), null, "does not exist");
        AssertRefused(At("hollow"), null, "does not exist");
    }

    [Fact]
    public void Links_that_form_a_cycle_are_refused()
    {
        Link("self", "self");
        Link("ping", "pong");
        Link("pong", "ping");
        Link("deeper", "deeper/x");
        Link("left", "right/x");
        Link("right", "left/x");

        foreach (string name in (string[])["self", "ping", "deeper", "left", "right/x/y"])
            AssertRefused(At(name), null, "too many symbolic links");
    }

    [Fact]
    public void A_chain_of_links_is_followed_as_far_as_the_system_would()
    {
        Link("link-0", At("root/good"));
        for (int i = 1; i <= 40; i++) Link($"link-{i}", $"link-{i - 1}");

        Assert.Equal(At("root/good"), Found("link-39", null).Path);
        AssertRefused(At("link-40"), null, "too many symbolic links");
    }

    private string At(string path) => Path.Combine(_temporary.Path, path);

    private void Link(string path, string target) => File.CreateSymbolicLink(At(path), target);

    private ModelDirectory Found(string path, string? root)
    {
        Result<ModelDirectory> result = ModelDirectory.Find(At(path), root);
        Assert.Null(result.Error);
        return result.Value!;
    }

    private static void AssertRefused(string path, string? root, string reason)
    {
        InferenceError? error = ModelDirectory.Find(path, root).Error;
        Assert.Equal(reason == Outside ? InferenceErrorKind.OutsideModelRoot : InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Contains(reason, error!.Message);
    }
}
