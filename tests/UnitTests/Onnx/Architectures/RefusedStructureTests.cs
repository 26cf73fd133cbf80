using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;
using Thaw.Onnx.InPlace;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Architectures;

/// <summary>Models that need a session of their own.</summary>
public sealed class RefusedStructureTests : IDisposable
{
    // The weights in its Attention nodes must be constants, and are too many.
    private static readonly BertOptions Refused = BertOptions.Mini with { Style = BertStyle.Fused };

    private const TensorElementType Int4 = (TensorElementType)22;

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
    public void Elements_smaller_than_a_byte_are_part_of_the_structure_and_no_constants_of_a_plan()
    {
        // A type that no kernel of an encoder reads; the graph need not be valid for this.
        UInt128[] structures = [.. new byte[] { 1, 2 }.Select(elements =>
        {
            string path = Write($"int4-{elements}", graph =>
            {
                graph.Initializers.Add(new OnnxTensor { Name = "four", ElementType = Int4, Dims = [2], RawData = new[] { elements } });
                graph.Nodes.Insert(0, new OnnxNode { OpType = "Identity", Inputs = ["four"], Outputs = ["five"] });
                graph.Outputs.Add(DeclaredType.Of("five", Int4, [2L]));
            });
            Assert.Null(SharedModel.TryOpen(path, _plans, out string? reason));
            Assert.NotNull(reason);
            using ModelOutline outline = ModelOutline.Open(path, _plans.Seed);
            return outline.Structure;
        })];
        Assert.NotEqual(structures[0], structures[1]);
    }

    [Fact]
    public void Constant_nodes_whose_elements_are_in_another_file_are_refused()
    {
        string path = Write("external", graph =>
        {
            int node = graph.Nodes.FindIndex(node => node.OpType == "Constant");
            OnnxTensor tensor = graph.Nodes[node].Attribute("value")!.Tensor! with { RawData = null, Location = new TensorLocation("c.bin", 1 << 20, 8) };
            graph.Nodes[node] = graph.Nodes[node] with { Attributes = [OnnxAttribute.Of("value", tensor)] };
        });
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, "c.bin"), new byte[16]);
        Assert.Null(SharedModel.TryOpen(path, _plans, out string? reason));
        Assert.Contains("external data", reason);
        Assert.Null(InPlaceModel.TryOpen(path, out reason));
        Assert.Contains("external data", reason);
    }

    [Fact]
    public void Biases_that_are_Constant_nodes_are_refused()
    {
        string path = Write("biases", graph =>
        {
            foreach (OnnxTensor bias in graph.Initializers.Where(tensor => tensor.Name.EndsWith("query.bias", StringComparison.Ordinal)).ToArray())
            {
                graph.Initializers.Remove(bias);
                graph.Nodes.Insert(0, new OnnxNode { OpType = "Constant", Outputs = [bias.Name], Attributes = [OnnxAttribute.Of("value", bias)] });
            }
        });
        Assert.Null(SharedModel.TryOpen(path, _plans, out string? reason));
        Assert.Contains("Constant nodes", reason);
    }

    [Fact]
    public void A_model_that_onnxruntime_quantized_is_not_refused()
    {
        // Its zero points are int8 in int32_data.
        ExportedModel.Write(_folder["m"], BertOptions.Tiny with { Quantization = Quantization.PerTensor });
        using SharedModel? model = SharedModel.TryOpen(Path.Combine(_folder["m"], "model.onnx"), _plans, out string? reason);
        Assert.True(model is not null, reason);
    }

    /// <summary>Writes a model whose graph is changed.</summary>
    private string Write(string name, Action<OnnxGraph> edit)
    {
        ExportedModel.Write(_folder[name], BertOptions.Tiny);
        string path = Path.Combine(_folder[name], "model.onnx");
        byte[] changed;
        using (OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue))
        {
            edit(model.Graph);
            changed = model.Write(ownFile: null).ToArray();
        }

        File.WriteAllBytes(path, changed);
        return path;
    }
}
