using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// The graph that ONNX Runtime's transformer optimizer (python -m onnxruntime.transformers.optimizer --model_type bert)
/// writes: com.microsoft operators, documented in
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
/// </summary>
internal sealed class FusedBert(BertOptions options)
{
    private const string Microsoft = "com.microsoft";

    private readonly BertWeights _weights = new(options);
    private readonly GraphBuilder _graph = new(options.PackedIntegers);
    private readonly Dictionary<string, int> _counts = [];

    private bool IsDistil => options.Architecture == BertArchitecture.DistilBert;

    public OnnxModel Build()
    {
        string mask = AsInt32("attention_mask");
        (string hidden, string lengths) = options.FusedEmbeddings ? EmbedLayerNormalization(mask) : PlainEmbeddings(mask);
        string maskIndex = options.FusedMask == FusedMask.Raw ? mask : lengths;
        foreach (LayerWeights layer in _weights.Layers) hidden = Layer(layer, hidden, maskIndex);
        Head(hidden);
        BertSignature.Declare(_graph, options);
        return _graph.Build("torch_jit", new Producer("onnxruntime.transformers", "1.16.0"), options.Opset, Microsoft);
    }

    /// <summary>Also yields the tokens per row, which the node counts from the mask.</summary>
    private (string Hidden, string Lengths) EmbedLayerNormalization(string mask)
    {
        string? types = _weights.Types is null ? null : options.HasTokenTypeInput ? AsInt32("token_type_ids") : ZeroTypes(OnnxType.Int32);
        string?[] inputs =
        [
            AsInt32("input_ids"), types, Kept(_weights.Words), Kept(_weights.Positions),
            _weights.Types is null ? null : Kept(_weights.Types),
            Kept(_weights.EmbeddingNorm.Scale), Kept(_weights.EmbeddingNorm.Bias),
            options.FusedMask == FusedMask.Lengths ? mask : null,
        ];
        // A trailing empty name is not written.
        if (inputs[^1] is null) inputs = inputs[..^1];
        const string Name = "EmbedLayerNormalization_0";
        _graph.Node(Name, "EmbedLayerNormalization", Microsoft, inputs,
            [$"{Name}_output", $"{Name}_mask_index"], ("epsilon", Norm.Epsilon));
        return ($"{Name}_output", $"{Name}_mask_index");
    }

    /// <summary>What remains when the embeddings do not match the optimizer's patterns; only LayerNormalization is fused.</summary>
    private (string Hidden, string Lengths) PlainEmbeddings(string mask)
    {
        string sum = Node("Gather", "", [Kept(_weights.Words), "input_ids"]);
        if (_weights.Types is not null)
        {
            string types = options.HasTokenTypeInput ? "token_type_ids" : ZeroTypes(OnnxType.Int64);
            sum = Node("Add", "", [sum, Node("Gather", "", [Kept(_weights.Types), types])]);
        }

        long[] positions = [.. Enumerable.Range(0, options.MaxPositions)];
        string buffer = Constant($"{_weights.Base}.embeddings.position_ids", SmallTensor.Row(positions));
        string one = Constant("one", SmallTensor.Vector(1L));
        string length = Node("Gather", "", [Node("Shape", "", ["input_ids"]), one], ("axis", 0L));
        string ids = Node("Slice", "", [buffer, Constant("zero", SmallTensor.Vector(0L)), length, one]);
        string whole = Node("Add", "", [sum, Node("Gather", "", [Kept(_weights.Positions), ids])]);
        // Opset 17 made this node standard; in earlier opsets ONNX Runtime supports it under the same name.
        string hidden = Node("LayerNormalization", "",
            [whole, Kept(_weights.EmbeddingNorm.Scale), Kept(_weights.EmbeddingNorm.Bias)], ("axis", -1L), ("epsilon", Norm.Epsilon));
        string lengths = options.FusedMask == FusedMask.Lengths ? Node("ReduceSum", "", [mask, one], ("keepdims", 0L)) : "";
        return (hidden, lengths);
    }

    private string Layer(LayerWeights layer, string input, string maskIndex)
    {
        string attention = NameFor("Attention");
        string weight = _graph.Add(WeightInitializer.Transposed(
            $"{attention}_qkv_weight", layer.Query.Weight, layer.Key.Weight, layer.Value.Weight));
        string bias = _graph.Add(WeightInitializer.Joined(
            $"{attention}_qkv_bias", layer.Query.Bias, layer.Key.Bias, layer.Value.Bias));
        string context = _graph.Node(attention, "Attention", Microsoft, [input, weight, bias, maskIndex],
            [$"{attention}_output"], ("num_heads", (long)options.Heads));
        string first = SkipLayerNormalization(layer.AttentionOutput, layer.AttentionNorm, context, input);
        string wide = MatMul(layer.Intermediate, first);
        string active = Node(options.Activation == Activation.Gelu ? "BiasGelu" : "FastGelu", Microsoft,
            [wide, Kept(layer.Intermediate.Bias)]);
        return SkipLayerNormalization(layer.Output, layer.OutputNorm, active, first);
    }

    /// <summary>Norm(linear(input) + skip); the linear layer's bias moves into the node as its fifth input.</summary>
    private string SkipLayerNormalization(Linear linear, Norm norm, string input, string skip) =>
        Node("SkipLayerNormalization", Microsoft,
            [MatMul(linear, input), skip, Kept(norm.Scale), Kept(norm.Bias), Kept(linear.Bias)], ("epsilon", Norm.Epsilon));

    private void Head(string hidden)
    {
        string first = Node("Gather", "", [hidden, Constant("first_token", SmallTensor.Scalar(0L))], ("axis", 1L));
        string pooled = Node(IsDistil ? "Relu" : "Tanh", "", [Gemm(_weights.Pooler, first, null)]);
        if (!options.Float16Logits)
        {
            Gemm(_weights.Classifier, pooled, BertSignature.Logits);
            return;
        }

        string logits = Gemm(_weights.Classifier, pooled, null);
        _graph.Node(NameFor("Cast"), "Cast", "", [logits], [BertSignature.Logits], ("to", (long)OnnxType.Float16));
    }

    private string Gemm(Linear linear, string input, string? output)
    {
        string name = NameFor("Gemm");
        return _graph.Node(name, "Gemm", "", [input, Kept(linear.Weight), Kept(linear.Bias)], [output ?? $"{name}_output"],
            ("alpha", 1f), ("beta", 1f), ("transB", 1L));
    }

    private string MatMul(Linear linear, string input)
    {
        string name = NameFor("MatMul");
        return _graph.Node(name, "MatMul", "",
            [input, _graph.Add(WeightInitializer.Transposed($"{name}_weight", linear.Weight))], [$"{name}_output"]);
    }

    private string ZeroTypes(OnnxType type) =>
        Node("ConstantOfShape", "", [Node("Shape", "", ["input_ids"])],
            ("value", type == OnnxType.Int32 ? SmallTensor.Vector(0) : SmallTensor.Vector(0L)));

    /// <summary>The fused nodes take int32 only; the optimizer adds a Cast after an int64 input.</summary>
    private string AsInt32(string input) =>
        options.Int32Inputs ? input : Node("Cast", "", [input], ("to", (long)OnnxType.Int32));

    private string Kept(Weight weight) => _graph.Add(WeightInitializer.AsKept(weight));

    private string Constant(string name, SmallTensor value) => _graph.Add(new ConstantInitializer(name, value));

    private string Node(string op, string domain, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = NameFor(op);
        return _graph.Node(name, op, domain, inputs, [$"{name}_output"], attributes);
    }

    private string NameFor(string op)
    {
        int count = _counts.GetValueOrDefault(op);
        _counts[op] = count + 1;
        return $"{op}_{count}";
    }
}
