using System.Text;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

public sealed class ModelSettingsTests
{
    [Theory]
    [InlineData("""{"variant":"quantized"}""", "quantized")]
    [InlineData("\uFEFF{ \"variant\" : \"quantized\" }\n", "quantized")]
    [InlineData("""{"variant":null}""", null)]
    [InlineData("{}", null)]
    public void A_file_of_settings_is_read(string json, string? variant) => Assert.Equal(variant, Parse(json).Value!.Variant);

    [Theory]
    [InlineData("""{"task":"x"}""", "thaw.json: 'task' is not a known setting")]
    [InlineData("""{"Variant":"x"}""", "thaw.json: 'Variant' is not a known setting")]
    [InlineData("""{"variant":""}""", "thaw.json: variant is empty")]
    [InlineData("""{"variant":1}""", "thaw.json, line 1, variant: it is not of the form")]
    [InlineData("{\n\"variant\":[\"x\"]}", "thaw.json, line 2, variant: it is not of the form")]
    [InlineData("""{"variant":"a","variant":"b"}""", "thaw.json, line 1")]
    [InlineData("[]", "thaw.json, line 1")]
    [InlineData("null", "thaw.json: it contains only null")]
    [InlineData("", "thaw.json, line 1")]
    [InlineData("{", "thaw.json, line 1")]
    [InlineData("{} {}", "thaw.json, line 1")]
    public void Anything_else_is_refused_with_its_place(string json, string reason)
    {
        InferenceError? error = Parse(json).Error;

        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.StartsWith(reason, error!.Message);
        Assert.DoesNotContain("System.", error.Message);
        Assert.DoesNotContain("Thaw.", error.Message);
    }

    [Theory]
    [InlineData("thaw.json")]
    [InlineData("config.json")]
    public void A_pointer_of_Git_LFS_is_named(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");

        InferenceError? error = name == "thaw.json" ? ModelSettings.Read(folder.Path).Error : ModelConfig.Read(folder.Path).Error;

        Assert.StartsWith($"{name}: it is a Git LFS pointer, not the file itself. Run 'git lfs pull'", error?.Message);
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["thaw.json"], new string(' ', 100_000));

        Assert.Equal("thaw.json: it must be a file of at most 64 KiB.", ModelSettings.Read(folder.Path).Error?.Message);
    }

    private static Result<ModelSettings> Parse(string json) => ModelSettings.Parse(Encoding.UTF8.GetBytes(json));
}
