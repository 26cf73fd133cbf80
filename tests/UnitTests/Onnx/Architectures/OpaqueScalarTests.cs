using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Architectures;

/// <summary>Weights of one element: models that differ in their values have one plan.</summary>
public sealed class OpaqueScalarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PlanTable _plans = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Quantization.PerTensor, 3)]
    [InlineData(Quantization.PerTensor, 1)]
    [InlineData(Quantization.PerChannel, 3)]
    [InlineData(Quantization.None, 1)]
    public void Models_with_other_values_have_the_same_plan(Quantization quantization, int labels)
    {
        BertOptions options = BertOptions.Tiny with { Quantization = quantization, Labels = labels };
        using SharedModel first = Open(Write(options), mayAnalyse: true);
        using SharedModel second = Open(Write(options with { Seed = 2 }), mayAnalyse: false);
        Assert.Same(first.AsExported, second.AsExported);
        Assert.Same(first.LaidOut, second.LaidOut);
    }

    [Fact]
    public void A_model_whose_scales_are_equal_has_the_plan_of_one_whose_scales_differ()
    {
        BertOptions options = BertOptions.Tiny with { Quantization = Quantization.PerTensor };
        string equal = Write(options);
        int scales = MakeEqual(equal);
        Assert.True(scales > 1);
        using SharedModel first = Open(equal, mayAnalyse: true), second = Open(Write(options), mayAnalyse: false);
        Assert.Same(first.AsExported, second.AsExported);
    }

    /// <summary>Sets all scales to 1, which is also the number that changes nothing in a product.</summary>
    private static int MakeEqual(string path)
    {
        int count = 0;
        byte[] changed;
        using (OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue))
        {
            List<OnnxTensor> tensors = model.Graph.Initializers;
            for (int i = 0; i < tensors.Count; i++)
            {
                if (!tensors[i].Name.EndsWith("_scale", StringComparison.Ordinal)) continue;
                tensors[i] = tensors[i] with { RawData = BitConverter.GetBytes(1f), Rest = default };
                count++;
            }

            changed = model.Write(ownFile: null).ToArray();
        }

        File.WriteAllBytes(path, changed);
        return count;
    }

    private SharedModel Open(string path, bool mayAnalyse)
    {
        SharedModel? model = SharedModel.TryOpen(path, _plans, out string? reason, () => mayAnalyse);
        Assert.True(model is not null, reason ?? "its plan is not known");
        return model;
    }

    private string Write(BertOptions options)
    {
        string directory = _folder[Guid.NewGuid().ToString("N")];
        ExportedModel.Write(directory, options);
        return Path.Combine(directory, "model.onnx");
    }
}
