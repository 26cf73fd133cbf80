using System.Runtime.InteropServices;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using Thaw.TestModels.Weights;

namespace Thaw.UnitTests.TestModels;

public sealed class QuantizedModelTests : IDisposable
{
    private const long FloatType = 1, UInt8Type = 2, Int8Type = 3;

    private readonly TemporaryFolder _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Quantization.PerTensor)]
    [InlineData(Quantization.PerChannel)]
    public void Matrices_are_the_weights_to_within_half_a_step(Quantization quantization)
    {
        BertOptions options = BertOptions.Tiny with { Quantization = quantization };
        ModelReader model = Write(options);
        Linear key = new BertWeights(options).Layers[0].Key;
        ModelReader.Node product = model.Nodes.Single(node => node.Name.EndsWith("layer.0/attention/self/key/MatMul_quant", StringComparison.Ordinal));
        ModelReader.Tensor values = model.Tensors[product.Inputs[1]], zero = model.Tensors[product.Inputs[3]];
        ModelReader.Tensor scale = model.Tensors[product.Inputs[1].Replace("_quantized", "_scale", StringComparison.Ordinal)];
        long[] scaleDims = quantization == Quantization.PerTensor ? [] : [key.Outputs];
        Assert.Equal((Int8Type, FloatType, Int8Type), (values.Type, scale.Type, zero.Type));
        Assert.Equal([key.Inputs, key.Outputs], values.Dims);
        Assert.Equal(scaleDims, scale.Dims);
        Assert.Equal(scaleDims, zero.Dims);
        Assert.All(zero.Int32Data, point => Assert.Equal(0, point));

        sbyte[] integers = MemoryMarshal.Cast<byte, sbyte>(values.Raw.Span).ToArray();
        float[] scales = MemoryMarshal.Cast<byte, float>(scale.FloatData.Span).ToArray();
        float[] kept = new WeightSource(options.Seed).Values(key.Weight);
        for (int i = 0; i < key.Inputs; i++)
            for (int o = 0; o < key.Outputs; o++)
            {
                float step = scales[scales.Length == 1 ? 0 : o];
                Assert.Equal(kept[(o * key.Inputs) + i], integers[(i * key.Outputs) + o] * step, 0.5001 * step);
            }

        // A value reaches the end of the range, one in every column if each column has its own scale.
        int[] largest = [.. Enumerable.Range(0, key.Outputs)
            .Select(o => Enumerable.Range(0, key.Inputs).Max(i => Math.Abs((int)integers[(i * key.Outputs) + o])))];
        Assert.Equal(127, largest.Max());
        Assert.Equal(quantization == Quantization.PerChannel, largest.All(value => value == 127));
    }

    [Fact]
    public void Tables_are_uint8_and_become_float_after_their_gather()
    {
        BertOptions options = BertOptions.Tiny with { Quantization = Quantization.PerTensor };
        ModelReader model = Write(options);
        Weight words = new BertWeights(options).Words;
        ModelReader.Node gather = model.Nodes.Single(node => node.Op == "Gather" && node.Inputs[0] == $"{words.Name}_quantized");
        ModelReader.Node dequantize = model.Nodes.Single(node => node.Inputs.Contains(gather.Outputs[0]));
        Assert.Equal("DequantizeLinear", dequantize.Op);
        ModelReader.Tensor values = model.Tensors[gather.Inputs[0]];
        Assert.Equal(UInt8Type, values.Type);
        float scale = MemoryMarshal.Read<float>(model.Tensors[dequantize.Inputs[1]].FloatData.Span);
        long zero = Assert.Single(model.Tensors[dequantize.Inputs[2]].Int32Data);
        float[] kept = new WeightSource(options.Seed).Values(words);
        byte[] bytes = values.Raw.ToArray();
        for (int i = 0; i < kept.Length; i++) Assert.Equal(kept[i], (bytes[i] - zero) * scale, scale);
    }

    [Fact]
    public void Each_matrix_product_becomes_integers_and_each_activation_is_quantized_once()
    {
        ModelReader model = Write(BertOptions.Tiny with { Quantization = Quantization.PerTensor });
        int layers = BertOptions.Tiny.Layers;
        // Query, key and value share theirs.
        Assert.Equal(4 * layers, model.Nodes.Count(node => node.Op == "DynamicQuantizeLinear"));
        Assert.Equal(6 * layers, model.Nodes.Count(node => node.Op == "MatMulInteger"));
        Assert.Equal(3, model.Nodes.Count(node => node.Op == "DequantizeLinear"));
        // Scores and context have no weight; linear layers of rank 2 are Gemm, which stays as it is.
        Assert.Equal(2 * layers, model.Nodes.Count(node => node.Op == "MatMul"));
        Assert.Equal(2, model.Nodes.Count(node => node.Op == "Gemm"));
    }

    [Fact]
    public void A_quantized_bert_base_has_a_quarter_of_the_bytes_and_all_parameters()
    {
        ModelSummary plain = BertModelFile.Measure(BertOptions.BertBase);
        ModelSummary quantized = BertModelFile.Measure(BertOptions.BertBase with { Quantization = Quantization.PerChannel });
        Assert.InRange(quantized.ModelBytes, 0.25 * plain.ModelBytes, 0.26 * plain.ModelBytes);
        Assert.Equal(plain.Parameters, quantized.Parameters);
    }

    private ModelReader Write(BertOptions options)
    {
        string path = _directory["model.onnx"];
        BertModelFile.Write(path, options);
        return ModelReader.Read(File.ReadAllBytes(path));
    }
}
