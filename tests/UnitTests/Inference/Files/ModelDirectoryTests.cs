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
        string model = Write("m/model.onnx");

        Assert.Equal(new ModelDirectory(At("m"), model), Found("m"));
    }

    [Fact]
    public void A_slash_at_the_end_and_dot_segments_do_not_matter()
    {
        Write("m/model.onnx");

        Assert.Equal(At("m"), Found("m/").Path);
        Assert.Equal(At("m"), Found("x/../m/.").Path);
    }

    [Fact]
    public void The_only_onnx_file_may_have_any_name()
    {
        string model = Write("m/langid.onnx");
        Write("m/other.txt");

        Assert.Equal(model, Found("m").ModelFile);
    }

    [Fact]
    public void Model_onnx_is_taken_from_several_onnx_files()
    {
        Write("m/a.onnx");
        string model = Write("m/model.onnx");

        Assert.Equal(model, Found("m").ModelFile);
    }

    [Fact]
    public void Several_onnx_files_without_model_onnx_are_refused_and_listed()
    {
        Write("m/b.onnx");
        Write("m/a.onnx");

        AssertRefused("m", "a.onnx, b.onnx");
    }

    [Fact]
    public void A_model_in_one_wrapping_folder_is_found()
    {
        string model = Write("m/wrapped/model.onnx");
        Write("m/readme.txt");

        Assert.Equal(new ModelDirectory(At("m/wrapped"), model), Found("m"));
    }

    [Fact]
    public void A_model_in_two_wrapping_folders_is_not_found()
    {
        Write("m/one/two/model.onnx");

        AssertRefused("m", "no .onnx file");
    }

    [Fact]
    public void A_model_in_one_of_two_folders_is_not_found()
    {
        Write("m/one/model.onnx");
        Write("m/two/model.onnx");

        AssertRefused("m", "no .onnx file");
    }

    [Fact]
    public void Hidden_files_and_folders_are_ignored()
    {
        Write("m/._wrapped");
        Write("m/.ipynb_checkpoints/model.onnx");
        Write("m/wrapped/._langid.onnx");
        string model = Write("m/wrapped/langid.onnx");

        Assert.Equal(model, Found("m").ModelFile);
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

        AssertRefused("m", "no .onnx file");
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
        File.SetUnixFileMode(At("m"), UnixFileMode.None);
        Result<ModelDirectory> result = ModelDirectory.Find(At("m"), null);
        File.SetUnixFileMode(At("m"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Root can read everything.
        Assert.Equal(Environment.IsPrivilegedProcess ? null : InferenceErrorKind.InvalidModel, result.Error?.Kind);
    }

    [Fact]
    public void The_weights_are_the_model_file_and_its_data_files()
    {
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
