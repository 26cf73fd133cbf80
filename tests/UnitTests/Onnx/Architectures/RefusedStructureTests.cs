using Thaw.Onnx.Architectures;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Architectures;

/// <summary>Models that need a session of their own.</summary>
public sealed class RefusedStructureTests : IDisposable
{
    // The weights in its Attention nodes must be constants, and are too many.
    private static readonly BertOptions Refused = BertOptions.Mini with { Style = BertStyle.Fused };

    private readonly TemporaryFolder _folder = new();
    private readonly PlanTable _plans = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_refused_structure_is_analysed_once()
    {
        int analysed = 0;
        Assert.Contains("constants", Open(Refused));
        Assert.Contains("constants", Open(Refused));
        Assert.Contains("constants", Open(Refused with { Seed = 2 }));
        Assert.Equal(1, analysed);

        string? Open(BertOptions options)
        {
            ExportedModel.Write(_folder["m"], options);
            Assert.Null(SharedModel.TryOpen(Path.Combine(_folder["m"], "model.onnx"), _plans, out string? reason, () => ++analysed > 0));
            return reason;
        }
    }

    [Fact]
    public void Without_leave_to_analyse_nothing_is_remembered()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        string path = Path.Combine(_folder["m"], "model.onnx");
        Assert.Null(SharedModel.TryOpen(path, _plans, out string? reason, static () => false));
        Assert.Null(reason);
        using SharedModel? model = SharedModel.TryOpen(path, _plans, out _, static () => true);
        Assert.NotNull(model);
        using SharedModel? known = SharedModel.TryOpen(path, _plans, out _, static () => false);
        Assert.NotNull(known);
    }

    [Fact]
    public void A_model_that_onnxruntime_quantized_is_not_refused()
    {
        // Its zero points are int8 in int32_data.
        ExportedModel.Write(_folder["m"], BertOptions.Tiny with { Quantization = Quantization.PerTensor });
        using SharedModel? model = SharedModel.TryOpen(Path.Combine(_folder["m"], "model.onnx"), _plans, out string? reason);
        Assert.True(model is not null, reason);
    }
}
