using System.Globalization;
using System.Runtime.InteropServices;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.UnitTests.TestModels;

public sealed class BertModelFileTests : IDisposable
{
    private readonly TemporaryFolder _directory = new();

    public static TheoryData<string> Variants => [.. All.Select(variant => variant.Name)];

    private static IEnumerable<BertOptions> All => BertOptions.AllVariants.Concat(BertOptions.QuantizedVariants);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_parses_to_its_last_byte_and_connects(string name)
    {
        BertOptions options = All.Single(variant => variant.Name == name);
        (ModelReader model, ModelSummary summary) = Write(options);

        Assert.Equal(summary, BertModelFile.Measure(options));
        Assert.Equal(summary.Nodes, model.Nodes.Count);
        Assert.Equal(options.InputNames, model.Inputs);
        Assert.Equal(["logits"], model.Outputs);
        Assert.Equal(model.Nodes.Count, model.Nodes.Select(node => node.Name).Distinct().Count());
        HashSet<string> known = ["", .. model.Inputs, .. model.Tensors.Keys];
        foreach (ModelReader.Node node in model.Nodes)
        {
            Assert.All(node.Inputs, input => Assert.Contains(input, known));
            Assert.All(node.Outputs, output => Assert.True(known.Add(output), output));
        }

        Assert.Contains("logits", known);
        HashSet<string> used = [.. model.Nodes.SelectMany(node => node.Inputs)];
        Assert.All(model.Tensors.Keys, tensor => Assert.Contains(tensor, used));
    }

    [Fact]
    public void Variant_names_tell_the_variants_apart()
    {
        string[] names = [.. All.Select(variant => variant.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_writes_give_the_same_bytes(bool external)
    {
        BertOptions options = BertOptions.Tiny with { ExternalData = external };
        BertModelFile.Write(_directory["model.onnx"], options);
        byte[][] first = ReadAll();
        BertModelFile.Write(_directory["model.onnx"], options);
        Assert.Equal(first, ReadAll());
        Assert.Equal(external ? 2 : 1, first.Length);
    }

    [Fact]
    public void A_smaller_model_leaves_nothing_of_a_larger_one()
    {
        Write(BertOptions.Tiny with { Layers = 3, ExternalData = true });
        (_, ModelSummary summary) = Write(BertOptions.Tiny with { ExternalData = true });
        Assert.Equal(summary.DataBytes, new FileInfo(_directory["model.onnx_data"]).Length);
    }

    [Theory]
    [InlineData("tiny", 0.9e6, 1.2e6)]
    [InlineData("mini", 40e6, 50e6)]
    [InlineData("distilbert", 267e6, 269e6)]
    [InlineData("bert-base", 437e6, 439e6)]
    public void Presets_have_their_sizes(string preset, double least, double most)
    {
        BertOptions options = BertOptions.Presets[preset];
        Assert.InRange(BertModelFile.Measure(options).ModelBytes, least, most);
        Assert.InRange(BertModelFile.Measure(options with { Style = BertStyle.Fused }).ModelBytes, least, most);
        ModelSummary external = BertModelFile.Measure(options with { ExternalData = true });
        Assert.InRange(external.ModelBytes + external.DataBytes, least, most);
    }

    [Fact]
    public void Bert_base_has_the_parameters_of_bert_base_uncased() =>
        // The published encoder's 109,482,240, and a classifier of two labels.
        Assert.Equal(109_482_240 + 2 * 768 + 2, BertModelFile.Measure(BertOptions.BertBase with { Labels = 2 }).Parameters);

    [Fact]
    public void Distilbert_has_the_parameters_of_distilbert_base_uncased() =>
        // The published encoder's 66,362,880, the layer before the classifier, and a classifier of two labels.
        Assert.Equal(
            66_362_880 + 768 * 768 + 768 + 2 * 768 + 2,
            BertModelFile.Measure(BertOptions.DistilBert with { Labels = 2 }).Parameters);

    [Theory]
    [InlineData(14, Activation.Gelu, 257)]
    [InlineData(17, Activation.Gelu, 207)]
    [InlineData(14, Activation.GeluTanh, 267)]
    public void Two_exported_layers_have_the_nodes_of_a_real_export(int opset, Activation activation, int nodes) =>
        // Counted in exports of a two-layer BERT by PyTorch 1.13.
        Assert.Equal(nodes, BertModelFile.Measure(BertOptions.Tiny with { Opset = opset, Activation = activation }).Nodes);

    [Fact]
    public void An_exported_bert_base_has_as_many_nodes_as_real_ones()
    {
        Assert.InRange(BertModelFile.Measure(BertOptions.BertBase).Nodes, 1300, 1400);
        Assert.InRange(BertModelFile.Measure(BertOptions.BertBase with { Style = BertStyle.Fused }).Nodes, 85, 100);
    }

    [Fact]
    public void Only_fused_graphs_have_nodes_of_another_domain()
    {
        Assert.All(Write(BertOptions.Tiny).Model.Nodes, node => Assert.Equal("", node.Domain));
        string[] fused = [.. Write(BertOptions.Tiny with { Style = BertStyle.Fused }).Model.Nodes
            .Where(node => node.Domain == "com.microsoft").Select(node => node.Op).Distinct().Order()];
        Assert.Equal(["Attention", "BiasGelu", "EmbedLayerNormalization", "SkipLayerNormalization"], fused);
    }

    [Fact]
    public void Matrices_are_stored_transposed_and_packed_from_the_same_weights()
    {
        BertOptions options = BertOptions.Tiny;
        int hidden = options.HiddenSize;
        var source = new WeightSource(options.Seed);
        LayerWeights layer = new BertWeights(options).Layers[0];
        float[] exported = Floats(
            Write(options).Model, node => node.Name.EndsWith("layer.0/attention/self/key/MatMul", StringComparison.Ordinal), [hidden, hidden]);
        float[] fused = Floats(Write(options with { Style = BertStyle.Fused }).Model, node => node.Op == "Attention", [hidden, 3 * hidden]);
        float[] kept = source.Values(layer.Key.Weight);
        for (int i = 0; i < hidden; i++)
            for (int o = 0; o < hidden; o++)
            {
                Assert.Equal(kept[o * hidden + i], exported[i * hidden + o]);
                Assert.Equal(kept[o * hidden + i], fused[i * 3 * hidden + hidden + o]);
            }
    }

    [Fact]
    public void External_data_holds_the_same_bytes_at_aligned_offsets()
    {
        ModelReader inline = Write(BertOptions.Tiny).Model;
        ModelReader external = Write(BertOptions.Tiny with { ExternalData = true }).Model;
        byte[] data = File.ReadAllBytes(_directory["model.onnx_data"]);
        int moved = 0;
        foreach (ModelReader.Tensor tensor in external.Tensors.Values)
        {
            byte[] expected = inline.Tensors[tensor.Name].Raw.ToArray();
            if (tensor.External.Count == 0)
            {
                Assert.True(expected.Length < ModelFileWriter.ExternalThreshold);
                Assert.Equal(expected, tensor.Raw.ToArray());
                continue;
            }

            Assert.Equal("model.onnx_data", tensor.External["location"]);
            int offset = int.Parse(tensor.External["offset"], CultureInfo.InvariantCulture);
            int length = int.Parse(tensor.External["length"], CultureInfo.InvariantCulture);
            Assert.Equal(0, offset % ModelFileWriter.ExternalAlignment);
            Assert.Equal(expected, data[offset..(offset + length)]);
            moved++;
        }

        Assert.InRange(moved, 10, external.Tensors.Count);
    }

    [Theory]
    [InlineData(14, 7)]
    [InlineData(17, 8)]
    public void The_ir_version_is_the_one_of_the_opset(int opset, long version) =>
        Assert.Equal(version, Write(BertOptions.Tiny with { Opset = opset }).Model.IrVersion);

    [Fact]
    public void Contradictory_options_are_refused_with_advice()
    {
        Refused(BertOptions.Tiny with { Heads = 5 }, "divisor");
        Refused(BertOptions.Tiny with { Opset = 18 }, "14, 15, 16 or 17");
        Refused(BertOptions.Tiny with { VocabularySize = 20 }, $"{VocabularyFile.MinimumSize} or more");
        Refused(BertOptions.Tiny with { Labels = 0 }, "start at 1");
        Refused(BertOptions.Tiny with { Style = BertStyle.Fused, Quantization = Quantization.PerTensor }, "leave out the fused style");
        Refused(BertOptions.Tiny with { ProblemType = "multi" }, "multi_label_classification");
    }

    private static void Refused(BertOptions options, string advice) =>
        Assert.Contains(advice, Assert.Throws<ArgumentException>(() => BertModelFile.Measure(options)).Message);

    private static float[] Floats(ModelReader model, Func<ModelReader.Node, bool> isConsumer, long[] dims)
    {
        ModelReader.Tensor tensor = model.Tensors[model.Nodes.First(isConsumer).Inputs[1]];
        Assert.Equal(dims, tensor.Dims);
        return MemoryMarshal.Cast<byte, float>(tensor.Raw.Span).ToArray();
    }

    private (ModelReader Model, ModelSummary Summary) Write(BertOptions options)
    {
        string path = _directory["model.onnx"];
        ModelSummary summary = BertModelFile.Write(path, options);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(summary.ModelBytes, bytes.Length);
        return (ModelReader.Read(bytes), summary);
    }

    private byte[][] ReadAll() => [.. Directory.GetFiles(_directory.Path).Order().Select(File.ReadAllBytes)];
}
