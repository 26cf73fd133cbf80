using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// The graph that torch.onnx.export (TorchScript exporter, constant folding on) makes from Hugging Face's
/// Bert- and DistilBertForSequenceClassification with eager attention.
/// </summary>
internal sealed class ExportedBert
{
    private readonly BertOptions _options;
    private readonly BertWeights _weights;
    private readonly GraphBuilder _graph;
    private readonly TorchGraph _torch;
    private readonly ExportedAttention _attention;
    private readonly List<(string Name, Weight Weight)> _transposed = [];
    private string? _length;

    public ExportedBert(BertOptions options)
    {
        _options = options;
        _weights = new BertWeights(options);
        _graph = new GraphBuilder(options.PackedIntegers);
        _torch = new TorchGraph(_graph, IsQuantized);
        _attention = new ExportedAttention(options, _torch, Transposed);
    }

    private bool IsQuantized => _options.Quantization != Quantization.None;

    private bool IsDistil => _options.Architecture == BertArchitecture.DistilBert;

    public OnnxModel Build()
    {
        string scope = TorchGraph.Scope(_weights.Base);
        string? types = IsDistil ? null : _options.HasTokenTypeInput ? "token_type_ids" : BufferedTokenTypes(scope);
        string mask = IsDistil ? "attention_mask" : AdditiveMask(scope);
        string hidden = Embeddings(types);
        foreach (LayerWeights layer in _weights.Layers) hidden = Layer(layer, hidden, mask);
        Head(hidden);
        BertSignature.Declare(_graph, _options);
        ExportedInitializers.Add(_graph, _options, _weights, _transposed);
        Producer producer = IsQuantized ? new Producer("onnx.quantize", "0.1.0") : new Producer("pytorch", "1.13.0");
        return _graph.Build("torch_jit", producer, _options.Opset);
    }

    /// <summary>get_extended_attention_mask: (1 - m) * -10000 as float [batch, 1, 1, sequence].</summary>
    private string AdditiveMask(string scope)
    {
        string rows = _torch.Add(scope, "Unsqueeze", ["attention_mask", _torch.Constant(scope, SmallTensor.Vector(1L))]);
        string cube = _torch.Add(scope, "Unsqueeze", [rows, _torch.Constant(scope, SmallTensor.Vector(2L))]);
        string number = _torch.Add(scope, "Cast", [cube], ("to", (long)OnnxType.Float));
        string inverse = _torch.Add(scope, "Sub", [_torch.Constant(scope, SmallTensor.Scalar(1f)), number]);
        return _torch.Add(scope, "Mul", [inverse, _torch.Constant(scope, SmallTensor.Scalar(-10000f))]);
    }

    /// <summary>
    /// A model called without token types expands its buffer of zeros to [batch, sequence]. The exporter's expand()
    /// first replaces every -1 in the shape with 1, though there can be none.
    /// </summary>
    private string BufferedTokenTypes(string scope)
    {
        string batch = _torch.Size(scope, "input_ids", 0);
        string row = SliceOfBuffer(scope, ExportedInitializers.TokenTypeBuffer);
        string sizes = _torch.Add(scope, "Concat", [_torch.Element(scope, batch), _torch.Element(scope, _length!)], ("axis", 0L));
        string flat = _torch.Constant(scope, SmallTensor.Vector(-1L));
        string shape = _torch.Add(scope, "Reshape", [sizes, flat], ("allowzero", 0L));
        string rank = _torch.Add(scope, "Shape", [shape]);
        string ones = _torch.Add(scope, "ConstantOfShape", [rank], ("value", SmallTensor.Vector(1L)));
        string unknown = _torch.Add(scope, "Mul", [ones, _torch.Constant(scope, SmallTensor.Scalar(-1L))]);
        string isUnknown = _torch.Add(scope, "Equal", [shape, unknown]);
        string known = _torch.Add(scope, "Where", [isUnknown, ones, shape]);
        return _torch.Add(scope, "Expand", [row, known]);
    }

    private string Embeddings(string? types)
    {
        string scope = TorchGraph.Scope($"{_weights.Base}.embeddings");
        _length ??= _torch.Size(scope, "input_ids", 1);
        string sum = _torch.Embedding($"{scope}/word_embeddings", _weights.Words, "input_ids");
        if (types is not null)
        {
            string typed = _torch.Embedding($"{scope}/token_type_embeddings", _weights.Types!, types);
            sum = _torch.Add(scope, "Add", [sum, typed]);
        }

        string positionIds = SliceOfBuffer(scope, ExportedInitializers.PositionBuffer(_weights));
        string positions = _torch.Embedding($"{scope}/position_embeddings", _weights.Positions, positionIds);
        return Normalize(_weights.EmbeddingNorm, _torch.Add(scope, "Add", [sum, positions]));
    }

    /// <summary>
    /// buffer[:, :length], from [1, max positions] to [1, length]. The length is computed once: the exporter eliminates
    /// common subexpressions.
    /// </summary>
    private string SliceOfBuffer(string scope, string buffer)
    {
        _length ??= _torch.Size(scope, "input_ids", 1);
        string start = _torch.Constant(scope, SmallTensor.Vector(0L));
        string end = _torch.Add(scope, "Unsqueeze", [_length, _torch.Constant(scope, SmallTensor.Vector(0L))]);
        string axis = _torch.Constant(scope, SmallTensor.Vector(1L));
        string step = _torch.Constant(scope, SmallTensor.Vector(1L));
        return _torch.Add(scope, "Slice", [buffer, start, end, axis, step]);
    }

    private string Layer(LayerWeights layer, string input, string mask)
    {
        string attended = IsDistil ? _attention.DistilBert(layer, input, mask) : _attention.Bert(layer, input, mask);
        string residualScope = TorchGraph.Scope(IsDistil ? layer.Module : $"{layer.Module}.attention.output");
        string first = Normalize(layer.AttentionNorm, _torch.Add(residualScope, "Add", [attended, input]));
        string wide = _torch.Dense(layer.Intermediate, first, Transposed(layer.Intermediate));
        string active = Activate(
            TorchGraph.Scope(IsDistil ? $"{layer.Module}.ffn.activation" : $"{layer.Module}.intermediate.intermediate_act_fn"), wide);
        string narrow = _torch.Dense(layer.Output, active, Transposed(layer.Output));
        string outputScope = TorchGraph.Scope(IsDistil ? layer.Module : $"{layer.Module}.output");
        return Normalize(layer.OutputNorm, _torch.Add(outputScope, "Add", [narrow, first]));
    }

    private void Head(string hidden)
    {
        // The first token, [CLS], represents the sequence. With rank 2 a Linear becomes one Gemm with the weight as stored.
        string poolerScope = IsDistil ? "" : TorchGraph.Scope($"{_weights.Base}.pooler");
        string index = _torch.Constant(poolerScope, SmallTensor.Scalar(0L));
        string first = _torch.Add(poolerScope, "Gather", [hidden, index], ("axis", 1L));
        string pooled = _torch.Add(TorchGraph.Scope(_weights.Pooler.Module), "Gemm", GemmInputs(first, _weights.Pooler), GemmAttributes);
        pooled = IsDistil ? _torch.Add("", "Relu", [pooled]) : _torch.Add($"{poolerScope}/activation", "Tanh", [pooled]);
        string classifier = TorchGraph.Scope(_weights.Classifier.Module);
        if (!_options.Float16Logits)
        {
            _torch.AddOutput(BertSignature.Logits, classifier, "Gemm", GemmInputs(pooled, _weights.Classifier), GemmAttributes);
            return;
        }

        string logits = _torch.Add(classifier, "Gemm", GemmInputs(pooled, _weights.Classifier), GemmAttributes);
        _torch.AddOutput(BertSignature.Logits, "", "Cast", [logits], ("to", (long)OnnxType.Float16));
    }

    private static (string, object)[] GemmAttributes => [("alpha", 1f), ("beta", 1f), ("transB", 1L)];

    private static string[] GemmInputs(string input, Linear linear) => [input, linear.Weight.Name, linear.Bias.Name];

    private string Normalize(Norm norm, string input)
    {
        string scope = TorchGraph.Scope(norm.Module);
        if (_options.Opset >= 17)
        {
            return _torch.Add(scope, "LayerNormalization", [input, norm.Scale.Name, norm.Bias.Name],
                ("axis", -1L), ("epsilon", Norm.Epsilon));
        }

        (string, object) lastAxis = ("axes", new long[] { -1 });
        string mean = _torch.Add(scope, "ReduceMean", [input], lastAxis);
        string centred = _torch.Add(scope, "Sub", [input, mean]);
        string square = _torch.Add(scope, "Pow", [centred, _torch.Constant(scope, SmallTensor.Scalar(2f))]);
        string variance = _torch.Add(scope, "ReduceMean", [square], lastAxis);
        string safe = _torch.Add(scope, "Add", [variance, _torch.Constant(scope, SmallTensor.Scalar(Norm.Epsilon))]);
        string deviation = _torch.Add(scope, "Sqrt", [safe]);
        string unit = _torch.Add(scope, "Div", [centred, deviation]);
        string scaled = _torch.Add(scope, "Mul", [unit, norm.Scale.Name]);
        return _torch.Add(scope, "Add", [scaled, norm.Bias.Name]);
    }

    private string Activate(string scope, string x)
    {
        if (_options.Activation == Activation.Gelu)
        {
            string ratio = _torch.Add(scope, "Div", [x, _torch.Constant(scope, SmallTensor.Scalar(MathF.Sqrt(2)))]);
            string erf = _torch.Add(scope, "Erf", [ratio]);
            string factor = _torch.Add(scope, "Add", [erf, _torch.Constant(scope, SmallTensor.Scalar(1f))]);
            string product = _torch.Add(scope, "Mul", [x, factor]);
            return _torch.Add(scope, "Mul", [product, _torch.Constant(scope, SmallTensor.Scalar(0.5f))]);
        }

        // NewGELUActivation: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
        string half = _torch.Add(scope, "Mul", [x, _torch.Constant(scope, SmallTensor.Scalar(0.5f))]);
        string cube = _torch.Add(scope, "Pow", [x, _torch.Constant(scope, SmallTensor.Scalar(3f))]);
        string part = _torch.Add(scope, "Mul", [cube, _torch.Constant(scope, SmallTensor.Scalar(0.044715f))]);
        string sum = _torch.Add(scope, "Add", [x, part]);
        string inner = _torch.Add(scope, "Mul", [sum, _torch.Constant(scope, SmallTensor.Scalar(MathF.Sqrt(2 / MathF.PI)))]);
        string tanh = _torch.Add(scope, "Tanh", [inner]);
        string both = _torch.Add(scope, "Add", [tanh, _torch.Constant(scope, SmallTensor.Scalar(1f))]);
        return _torch.Add(scope, "Mul", [half, both]);
    }

    private string Transposed(Linear linear)
    {
        // Folded weights lose their names: they become MatMul operands numbered after all values of the graph.
        string name = $"onnx::MatMul_{1000 + 100 * _options.Layers + _transposed.Count}";
        _transposed.Add((name, linear.Weight));
        return name;
    }
}
