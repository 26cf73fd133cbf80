using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Models as the server loads them, fused and in place, compared with ONNX Runtime's own load of the same file.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class FusedInPlaceTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private const int Vocabulary = 120;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Exports => [.. Repository.Exports.Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_give_the_same_answers_packed_and_unpacked(string name) => Assert.Equal(2, AssertAlike(FusionTests.ExportPath(name), 1e-4));

    [Fact]
    public void Every_form_of_test_model_gives_the_same_answers_packed_and_unpacked()
    {
        foreach (BertOptions form in BertOptions.AllVariants)
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            Padding[] paddings = form.PadsOnRightOnly ? [Padding.None, Padding.Right] : Enum.GetValues<Padding>();
            int attentions = AssertAlike(_folder["model.onnx"], form.Float16Logits ? 1e-3 : 1e-4, paddings);
            Assert.Equal(form.Style == BertStyle.Exported ? 2 : 0, attentions);
            if (form.ExternalData) File.Delete(_folder["model.onnx.data"]);
        }
    }

    [Fact]
    public void Weights_in_another_file_are_fused_and_read_in_place_even_small_ones()
    {
        // As PyTorch's dynamo exporter leaves them.
        using (OnnxModelFile model = OnnxModelFile.Open(FusionTests.ExportPath("bert-eager-opset17"), smallestMapped: 1))
        {
            using FileStream data = File.Create(_folder["weights"]);
            for (int i = 0; i < model.Graph.Initializers.Count; i++)
            {
                OnnxTensor tensor = model.Graph.Initializers[i];
                Assert.True(model.TryRead(tensor, out ReadOnlySpan<byte> elements), tensor.Name);
                var location = new TensorLocation("weights", data.Position, elements.Length);
                model.Graph.Initializers[i] = tensor with { RawData = null, Rest = default, Location = location };
                data.Write(elements);
            }

            File.WriteAllBytes(_folder["model.onnx"], model.Write(null).ToArray());
        }

        Assert.Equal(2, AssertAlike(_folder["model.onnx"], 1e-4));
    }

    [Theory]
    [InlineData("../weights", "outside")]
    [InlineData("/etc/passwd", "outside")]
    [InlineData("link", "outside")]
    [InlineData("missing", "missing")]
    [InlineData("", "outside")]
    [InlineData("empty", "empty")]
    [InlineData("short", "does not have the size of the tensor")]
    public void External_data_that_cannot_be_mapped_says_why(string file, string expected)
    {
        File.WriteAllText(_folder["weights"], "outside of the model's folder");
        Directory.CreateDirectory(_folder["m"]);
        File.CreateSymbolicLink(_folder["m/link"], _folder["weights"]);
        File.WriteAllText(_folder["m/empty"], "");
        File.WriteAllText(_folder["m/short"], "short");
        var table = new OnnxTensor { Name = "table", ElementType = TensorElementType.Float32, Dims = [8, 16], Location = new TensorLocation(file, 0, 0) };
        SmallModel model = SmallModels.Small with { Initializers = [table, .. SmallModels.Small.Initializers.Skip(1)] };
        File.WriteAllBytes(_folder["m/model.onnx"], model.Encode());
        Assert.Null(InPlaceModel.TryOpen(_folder["m/model.onnx"], out string? reason));
        Assert.Contains(expected, reason);
        Assert.Throws<OnnxRuntimeException>(() => OrtSession.Load(runtime.Environment, _folder["m/model.onnx"], new SessionSettings()));
    }

    [Fact]
    public void The_built_in_model_is_a_tiny_encoder_that_is_fully_fused()
    {
        BertModelFile.Write(_folder["model.onnx"], new BertOptions
        {
            VocabularySize = 109,
            HiddenSize = 16,
            Layers = 1,
            Heads = 2,
            FeedForwardSize = 32,
            MaxPositions = 8,
            Labels = 2,
        });
        using Stream resource = typeof(WarmUp).Assembly.GetManifestResourceStream(WarmUp.Model)!;
        var builtIn = new byte[resource.Length];
        resource.ReadExactly(builtIn);
        byte[] made = File.ReadAllBytes(_folder["model.onnx"]);
        string copy = Path.Combine(Path.GetTempPath(), WarmUp.Model);
        if (!made.SequenceEqual(builtIn)) File.WriteAllBytes(copy, made);
        Assert.True(made.SequenceEqual(builtIn), $"Copy {copy} to src/Onnx/Architectures.");
        using OnnxModelFile model = OnnxModelFile.Read(MappedFile.Of("built in", builtIn), smallestMapped: long.MaxValue);
        Assert.Equal(1, EncoderFusion.Apply(model).Attentions);
        WarmUp.Run(runtime.Environment);
    }

    /// <returns>Attentions that were fused.</returns>
    private int AssertAlike(string path, double tolerance, params Padding[] paddings)
    {
        var rules = new InPlaceRules { SmallestMapped = 1024, CopiedShare = 1 };
        using InPlaceModel? model = InPlaceModel.TryOpen(path, rules, out string? reason, ahead => ahead.Run());
        Assert.True(model is not null, reason);
        using OrtSession plain = OrtSession.Load(runtime.Environment, path, new SessionSettings());
        foreach (bool prepacking in (bool[])[false, true])
        {
            using OrtSession? session = model.TryLoad(runtime.Environment, new SessionSettings { Prepacking = prepacking }, out reason);
            Assert.True(session is not null, reason);
            foreach (Padding padding in paddings.Length == 0 ? Enum.GetValues<Padding>() : paddings)
            {
                float[]?[] expected = Answers.Of(plain, 3, 11, padding, Vocabulary, 7), actual = Answers.Of(session, 3, 11, padding, Vocabulary, 7);
                Assert.Equal(expected.Length, actual.Length);
                for (int i = 0; i < expected.Length; i++)
                    Assert.InRange(Answers.Difference(Assert.IsType<float[]>(expected[i]), Assert.IsType<float[]>(actual[i])), 0, tolerance);
            }
        }

        return model.Fusion.Attentions;
    }
}
