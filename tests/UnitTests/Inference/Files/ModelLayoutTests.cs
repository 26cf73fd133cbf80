using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Files;

/// <summary>Directories as people hand them over: what is found in each, and what is refused in one that is almost like it.</summary>
public sealed class ModelLayoutTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    /// <summary>The files, then the ONNX file, and the folders of the config and the tokenizer.</summary>
    [Theory]
    [InlineData("model.onnx config.json vocab.txt", "model.onnx", "", "")]
    [InlineData("langid.onnx config.json vocab.txt readme.txt", "langid.onnx", "", "")]
    [InlineData("a.onnx model.onnx config.json vocab.txt", "model.onnx", "", "")]
    [InlineData("model.onnx onnx/model.onnx config.json vocab.txt", "model.onnx", "", "")]
    // In onnx/, alone or preferred.
    [InlineData("onnx/model.onnx config.json vocab.txt", "onnx/model.onnx", "", "")]
    [InlineData("onnx/model_quantized.onnx config.json vocab.txt", "onnx/model_quantized.onnx", "", "")]
    [InlineData("onnx/model_fp16.onnx onnx/model_fp16.onnx_data config.json vocab.txt", "onnx/model_fp16.onnx", "", "")]
    [InlineData("onnx/model.onnx onnx/model_int8.onnx onnx/model_fp16.onnx config.json vocab.txt", "onnx/model.onnx", "", "")]
    [InlineData("onnx/model.onnx onnx/config.json onnx/vocab.txt", "onnx/model.onnx", "onnx", "onnx")]
    [InlineData("onnx/model.onnx onnx/config.json vocab.txt", "onnx/model.onnx", "onnx", "")]
    [InlineData("onnx/model.onnx config.json tokenizer.json 1_Pooling/config.json openvino/model.bin", "onnx/model.onnx", "", "")]
    // Wrapping folders.
    [InlineData("w/model.onnx w/config.json w/vocab.txt readme.txt", "w/model.onnx", "w", "w")]
    [InlineData("w/onnx/model.onnx w/config.json w/vocab.txt", "w/onnx/model.onnx", "w", "w")]
    [InlineData("w/x/model.onnx w/x/config.json w/x/vocab.txt", "w/x/model.onnx", "w/x", "w/x")]
    [InlineData("w/x/onnx/model_int8.onnx w/x/config.json w/x/vocab.txt", "w/x/onnx/model_int8.onnx", "w/x", "w/x")]
    [InlineData("w/model.onnx w/config.json w/vocab.txt code/inference.py code/lib/x.py", "w/model.onnx", "w", "w")]
    [InlineData("w/model.onnx w/config.json w/vocab.txt code/test.onnx __MACOSX/w/x.onnx", "w/model.onnx", "w", "w")]
    [InlineData("w/model.onnx w/config.json w/vocab.txt __MACOSX/w/._model.onnx ._w w/._model.onnx", "w/model.onnx", "w", "w")]
    [InlineData("w/m.onnx w/._m.onnx w/config.json w/vocab.txt .git/x.onnx .ipynb_checkpoints/model.onnx", "w/m.onnx", "w", "w")]
    [InlineData("w/model.onnx w/config.json w/vocab.txt docs/index.md images/logo.png", "w/model.onnx", "w", "w")]
    [InlineData("w/model.onnx config.json vocab.txt", "w/model.onnx", "", "")]
    // Triton.
    [InlineData("1/model.onnx config.pbtxt config.json vocab.txt", "1/model.onnx", "", "")]
    [InlineData("1/model.onnx config.pbtxt 1/config.json 1/vocab.txt", "1/model.onnx", "1", "1")]
    [InlineData("1/model.onnx config.pbtxt 1/config.json vocab.txt", "1/model.onnx", "1", "")]
    [InlineData("2/model.onnx 10/model.onnx 9/model.onnx config.pbtxt config.json vocab.txt", "10/model.onnx", "", "")]
    [InlineData("bert/1/model.onnx bert/config.pbtxt bert/config.json bert/vocab.txt", "bert/1/model.onnx", "bert", "bert")]
    [InlineData("1/model.onnx/model.onnx 1/model.onnx/weights config.pbtxt config.json vocab.txt", "1/model.onnx/model.onnx", "", "")]
    [InlineData("1/model.onnx config.json vocab.txt", "1/model.onnx", "", "")]
    // A tokenizer in a folder of its own.
    [InlineData("model.onnx config.json tokenizer/tokenizer.json", "model.onnx", "", "tokenizer")]
    [InlineData("model.onnx tokenizer/config.json tokenizer/vocab.txt", "model.onnx", "tokenizer", "tokenizer")]
    [InlineData("onnx/model.onnx config.json tokenizer/tokenizer.json", "onnx/model.onnx", "", "tokenizer")]
    [InlineData("model/model.onnx model/config.json tokenizer/tokenizer.json", "model/model.onnx", "model", "tokenizer")]
    [InlineData("w/model.onnx w/config.json w/tok/vocab.txt", "w/model.onnx", "w", "w/tok")]
    [InlineData("model.onnx 0_Transformer/config.json 0_Transformer/vocab.txt 1_Pooling/config.json", "model.onnx", "0_Transformer", "0_Transformer")]
    [InlineData("1/model.onnx config.pbtxt config.json tokenizer/vocab.txt", "1/model.onnx", "", "tokenizer")]
    // Without a tokenizer, its own reader says so.
    [InlineData("onnx/model.onnx config.json", "onnx/model.onnx", "", "")]
    public void A_layout_is_understood(string files, string model, string config, string tokenizer)
    {
        Write(files);

        ModelDirectory found = Found();

        Assert.Equal((At(model), At(config), At(tokenizer)), (found.ModelFile, found.Path, found.TokenizerPath));
    }

    [Theory]
    [InlineData("b.onnx a.onnx config.json", "contains 2 .onnx files (a.onnx, b.onnx) and none is named model.onnx. Say which")]
    [InlineData("onnx/model_int8.onnx onnx/model_fp16.onnx config.json", "/onnx' contains 2 .onnx files (model_fp16.onnx, model_int8.onnx)")]
    [InlineData("one/model.onnx one/config.json two/model.onnx two/config.json", "contains models in the folders one, two. Give the path of one")]
    [InlineData("w/one/model.onnx w/two/model.onnx", "contains models in the folders w/one, w/two.")]
    [InlineData("1/model.onnx 2/model.onnx config.json", "contains models in the folders 1, 2.")]
    [InlineData("1/model.onnx 2/model.plan config.pbtxt config.json", "/2' is the highest version and contains no .onnx file")]
    [InlineData("a/b/c/model.onnx a/b/c/config.json", "contains no .onnx file, and neither do the folders in it (a, a/b)")]
    [InlineData("code/model.onnx config.json", "contains no .onnx file. It has config.json.")]
    [InlineData("model.onnx vocab.txt", "config.json: it is missing; it names the architecture and the labels. The model is in '{0}'; looked for it in '{0}'.")]
    [InlineData("w/onnx/model.onnx w/vocab.txt", "The model is in '{0}/w/onnx'; looked for it in '{0}', '{0}/w', '{0}/w/onnx'.")]
    [InlineData("model.onnx tokenizer/vocab.txt", "looked for it in '{0}', '{0}/tokenizer'.")]
    [InlineData("model.onnx 1_Pooling/config.json", "config.json: it is missing")]
    [InlineData("model.onnx one/config.json two/config.json", "config.json is in several folders of '{0}': one, two. Keep one")]
    [InlineData("model.onnx config.json one/vocab.txt two/tokenizer.json", "the tokenizer is in several folders of '{0}': one, two. Keep one")]
    public void A_layout_that_is_not_clear_is_refused_by_name(string files, string reason)
    {
        Write(files);

        AssertRefused(null, reason.Replace("{0}", At(""), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("quantized", "onnx/model_quantized.onnx")]
    [InlineData("model_quantized", "onnx/model_quantized.onnx")]
    [InlineData("model_quantized.onnx", "onnx/model_quantized.onnx")]
    [InlineData("fp16", "onnx/model_fp16.onnx")]
    [InlineData("model", "onnx/model.onnx")]
    [InlineData("model.onnx", "onnx/model.onnx")]
    [InlineData("other", "onnx/other.onnx")]
    public void A_variant_is_chosen_by_the_load_or_by_the_models_own_file(string variant, string model)
    {
        Write("onnx/model.onnx onnx/model_quantized.onnx onnx/model_fp16.onnx onnx/other.onnx config.json");

        Assert.Equal(At(model), Found(variant).ModelFile);
        File.WriteAllText(At("thaw.json"), $$"""{"variant":"{{variant}}"}""");
        Assert.Equal(At(model), Found().ModelFile);
        Assert.Equal(At("onnx/model_fp16.onnx"), Found("fp16").ModelFile);
        Assert.Equal("fp16", Found("fp16").Variant);
        Assert.Null(Found("other").Variant);
    }

    [Fact]
    public void A_variant_may_be_in_onnx_below_the_model_that_is_served_without_one()
    {
        Write("w/model.onnx w/onnx/model_int8.onnx w/config.json w/vocab.txt");

        Assert.Equal(At("w/model.onnx"), Found().ModelFile);
        Assert.Equal(At("w/onnx/model_int8.onnx"), Found("int8").ModelFile);
        File.WriteAllText(At("thaw.json"), """{"variant":"int8"}""");
        Assert.Equal(At("w/onnx/model_int8.onnx"), Found().ModelFile);
        Assert.Equal((At("w"), At("")), (Found().Path, Found().Root));
    }

    [Theory]
    [InlineData("int4")]
    [InlineData("Quantized")]
    [InlineData("../model")]
    [InlineData("onnx")]
    public void A_variant_that_is_not_there_is_refused_with_those_that_are(string variant)
    {
        Write("model.onnx onnx/model_quantized.onnx config.json");

        AssertRefused(variant, $"has no variant '{variant}'; it has model.onnx, model_quantized.onnx.");
    }

    [Fact]
    public void A_variant_that_may_be_two_files_is_refused()
    {
        Write("q8.onnx model_q8.onnx config.json");

        AssertRefused("q8", "Both model_q8.onnx, q8.onnx may be the variant 'q8'");
        Assert.Equal(At("q8.onnx"), Found("q8.onnx").ModelFile);
    }

    [Fact]
    public void The_root_contains_all_of_the_files_and_no_wrapping_folder()
    {
        Write("w/x/onnx/model.onnx w/x/config.json w/x/tokenizer/vocab.txt");
        Assert.Equal(At("w/x"), Found().Root);
        Write("w/x/onnx/config.json w/x/onnx/vocab.txt");
        Assert.Equal(At("w/x/onnx"), Found().Root);
    }

    [Fact]
    public void A_damaged_file_of_settings_is_refused_where_it_is()
    {
        Write("model.onnx config.json");
        File.WriteAllText(At("thaw.json"), "{");

        AssertRefused(null, "thaw.json, line 1");
    }

    private string At(string path) => path.Length == 0 ? _temporary["m"] : Path.Combine(_temporary["m"], path);

    private void Write(string files)
    {
        foreach (string file in files.Split(' '))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
            File.WriteAllText(At(file), "");
        }
    }

    private ModelDirectory Found(string? variant = null)
    {
        Result<ModelDirectory> result = ModelDirectory.Find(At(""), null, new ModelSettings { Variant = variant });
        Assert.Null(result.Error);
        return result.Value!;
    }

    private void AssertRefused(string? variant, string reason)
    {
        InferenceError? error = ModelDirectory.Find(At(""), null, new ModelSettings { Variant = variant }).Error;
        Assert.Equal(InferenceErrorKind.InvalidModel, error?.Kind);
        Assert.Contains(reason, error!.Message);
    }
}
