using System.Runtime.Versioning;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

public sealed class ModelDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_directory_with_a_model_is_found()
    {
        Write("m/config.json");
        string model = Write("m/model.onnx");

        Assert.Equal(new ModelDirectory(At("m"), model), Found("m"));
    }

    [Fact]
    public void A_slash_at_the_end_and_dot_segments_do_not_matter()
    {
        Write("m/model.onnx");
        Write("m/config.json");

        Assert.Equal(At("m"), Found("m/").Path);
        Assert.Equal(At("m"), Found("x/../m/.").Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("models/a")]
    [InlineData("./a")]
    [InlineData("s3://bucket/model")]
    [InlineData("file:///opt/ml/model")]
    [InlineData("/opt/\0/model")]
    public void Paths_that_are_not_absolute_are_refused(string path) => AssertRefusedPath(path, null, "not an absolute path");

    [Fact]
    public void A_missing_directory_is_refused() => AssertRefused("nothing/here", "does not exist");

    [Fact]
    public void A_file_is_refused()
    {
        Write("model.tar.gz");

        AssertRefused("model.tar.gz", "is a file");
    }

    [Fact]
    public void A_directory_without_a_model_is_refused()
    {
        Directory.CreateDirectory(At("m"));

        AssertRefused("m", "'" + At("m") + "' contains no .onnx file. It must contain model.onnx");
    }

    [Fact]
    public void A_directory_without_a_model_is_refused_with_what_it_has()
    {
        Write("m/model.safetensors");
        Write("m/config.json");
        Write("m/code/inference.py");
        Write("m/a/b/c/model.onnx");

        AssertRefused("m", "contains no .onnx file, and neither do the folders in it (a, a/b). It has config.json, model.safetensors.");
    }

    [Fact]
    public void A_search_through_very_many_folders_ends()
    {
        for (int i = 0; i < 150; i++) Directory.CreateDirectory(At($"m/{i:000}"));
        Write("m/149/model.onnx");

        AssertRefused("m", "more than 100 folders");
    }

    [Fact]
    public void A_path_longer_than_the_system_allows_is_refused() =>
        AssertRefusedPath("/" + new string('a', 5000), null, "");

    [Fact]
    public void A_path_that_is_not_valid_unicode_is_refused() => AssertRefusedPath("/tmp/\ud800/x", null, "does not exist");

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_directory_that_may_not_be_read_is_refused()
    {
        Write("m/model.onnx");
        Write("m/config.json");
        File.SetUnixFileMode(At("m"), UnixFileMode.None);
        Result<ModelDirectory> result = ModelDirectory.Find(At("m"), null);
        File.SetUnixFileMode(At("m"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Root can read everything.
        Assert.Equal(Environment.IsPrivilegedProcess ? null : InferenceErrorKind.InvalidModel, result.Error?.Kind);
    }

    [Fact]
    public void The_weights_are_the_model_file_and_its_data_files()
    {
        Write("m/config.json");
        Write("m/model.onnx", 100);
        Write("m/model.onnx_data", 1000);
        Write("m/model.onnx.data.1", 10_000);
        Write("m/tokenizer.json", 100_000);
        Write("m/data/model.onnx_data", 100_000);

        Assert.Equal(11_100, Found("m").WeightBytes());
    }

    private string At(string path) => Path.Combine(_temporary.Path, path);

    private string Write(string path, int bytes = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), new byte[bytes]);
        return At(path);
    }

    private ModelDirectory Found(string path)
    {
        Result<ModelDirectory> result = ModelDirectory.Find(At(path), null);
        Assert.Null(result.Error);
        return result.Value!;
    }

    private void AssertRefused(string path, string reason) => AssertRefusedPath(At(path), null, reason);

    private static void AssertRefusedPath(string path, string? root, string reason)
    {
        InferenceError? error = ModelDirectory.Find(path, root).Error;
        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Contains(reason, error!.Message);
    }
}
