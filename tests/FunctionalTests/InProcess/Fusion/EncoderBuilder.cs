using System.Globalization;
using System.Runtime.InteropServices;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.Onnx.Format;
using static Thaw.FunctionalTests.InProcess.Fusion.EncoderForm;

namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>Writes a small encoder in a given form: inputs "input_ids" and "attention_mask", int64 [batch, sequence], output "hidden".</summary>
internal sealed class EncoderBuilder
{
    public const int Vocabulary = 50, Positions = 32, Hidden = 24, Heads = 3, HeadSize = 8, Wide = 40;

    // For graphs of fixed sizes.
    public const int Batch = 2, Sequence = 6;

    private readonly EncoderForm _form;
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _weights = [];
    private readonly HashSet<string> _quantized = [];
    private readonly Random _random = new(17);
    private int _count;

    private EncoderBuilder(EncoderForm form) => _form = form;

    public static byte[] Build(EncoderForm form) => new EncoderBuilder(form).Build();

    private byte[] Build()
    {
        string x = Op("Gather", [Weight(Vocabulary, Hidden), "input_ids"]);
        string positions = Integers([.. Enumerable.Range(0, Positions).Select(i => (long)i)], 1, Positions);
        string ids = Op("Slice", [positions, Vector(0), Op("Unsqueeze", 13, "axes", [Size("input_ids", 1)], 0), Vector(1), Vector(1)]);
        x = Norm(Op("Add", [x, Op("Gather", [Weight(Positions, Hidden), ids])]));
        string? mask = Mask();
        for (int layer = 0; layer < _form.Layers; layer++) x = Layer(x, mask);
        _nodes.Add(SmallModel.Node("Identity", [x], ["hidden"]));

        var writer = new ProtoWriter();
        writer.Integer(1, _form.Opset >= 20 ? 9 : 7);
        int graph = writer.Begin();
        foreach (OnnxNode node in _nodes) node.Write(writer);
        writer.Text(2, "g");
        foreach (OnnxTensor tensor in _weights) tensor.Write(writer, 5, ownFile: null);
        string[] dims = _form.FixedSizes
            ? [Batch.ToString(CultureInfo.InvariantCulture), Sequence.ToString(CultureInfo.InvariantCulture)]
            : ["batch", "sequence"];
        foreach (string input in (string[])["input_ids", "attention_mask"]) SmallModel.WriteValue(writer, 11, input, TensorElementType.Int64, dims);
        SmallModel.WriteValue(writer, 12, "hidden", TensorElementType.Float32, [.. dims, Hidden.ToString(CultureInfo.InvariantCulture)]);
        writer.End(7, graph);
        OpsetImport.Of("", _form.Opset).Write(writer);
        return writer.Written.ToArray();
    }

    private string Layer(string x, string? mask)
    {
        string query = Linear(x, Hidden, Hidden, hasBias: _form.Bias != BiasForm.None), key = Linear(x, Hidden, Hidden, hasBias: _form.Bias == BiasForm.All);
        string value = Linear(x, Hidden, Hidden, hasBias: _form.Bias != BiasForm.None);
        if (_form.Scale == ScaleForm.DivideProjection) query = Op("Div", [query, Number(MathF.Sqrt(HeadSize))]);
        query = Op("Transpose", [Split(query)], Ints("perm", 0, 2, 1, 3));
        if (_form.Scale == ScaleForm.DivideQuery) query = Op("Div", [query, Number(MathF.Sqrt(HeadSize))]);
        key = TransposeKey(Split(key));
        if (_form.Scale is ScaleForm.RootsOnBoth or ScaleForm.RootsOfShape)
        {
            string root = _form.Scale == ScaleForm.RootsOnBoth ? Number(MathF.Sqrt(1 / MathF.Sqrt(HeadSize))) : RootOfShape(query);
            (query, key) = (Op("Mul", [query, root]), Op("Mul", [key, root]));
        }

        string scores = Op("MatMul", [query, key]);
        if (_form.Scale == ScaleForm.DivideScores) scores = Op("Div", [scores, Number(MathF.Sqrt(HeadSize))]);
        if (_form.Scale == ScaleForm.MultiplyScores) scores = Op("Mul", [Number(1 / MathF.Sqrt(HeadSize)), scores]);
        string weights = Op("Softmax", [Masked(scores, mask)], Int("axis", _form.Opset % 2 == 0 ? -1 : 3));
        if (_form.Mask is MaskForm.AddGuardedInfinity or MaskForm.Indexed) weights = Op("Where", [Op("IsNaN", [weights]), Number(0), weights]);
        string heads = Op("Transpose", [Op("MatMul", [Plain(weights), Op("Transpose", [Split(value)], Ints("perm", 0, 2, 1, 3))])], Ints("perm", 0, 2, 1, 3));
        string shape = _form.Split is SplitForm.Zeros
            ? Vector(0, 0, Hidden)
            : Op("Concat", [Element(Size(heads, 0)), Vector(-1), Vector(Hidden)], Int("axis", 0));
        string joined = Op("Reshape", [heads, shape]);
        string first = Norm(Op("Add", [Linear(joined, Hidden, Hidden, hasBias: _form.Bias != BiasForm.None), x]));
        string active = Activate(Linear(first, Hidden, Wide, hasBias: _form.Bias != BiasForm.None));
        return Norm(Op("Add", [first, Linear(active, Wide, Hidden, hasBias: _form.Bias != BiasForm.None)]));
    }

    private string? Mask()
    {
        if (_form.Mask == MaskForm.None) return null;
        string cube = Op("Unsqueeze", 13, "axes", ["attention_mask"], 1);
        string whole = Op("Unsqueeze", 13, "axes", [cube], 2);
        if (_form.Mask is MaskForm.AddGuardedInfinity or MaskForm.AddInfinity)
            return Op("Where", [Op("Cast", [whole], Int("to", 9)), Number(0), Number(float.NegativeInfinity)]);
        if (_form.Mask is MaskForm.FillScores or MaskForm.FillScoresWithInfinity) return Op("Equal", [whole, Integers([0])]);
        if (_form.Mask == MaskForm.Indexed) return IndexedMask();
        if (_form.Mask == MaskForm.KeepScores) return Op("Cast", [whole], Int("to", 9));
        if (_form.Mask == MaskForm.ExpandedPerLayer) return whole;
        string inverse = Op("Sub", [Number(1), Op("Cast", [whole], Int("to", 1))]);
        return Op("Mul", [inverse, Number(_form.Mask == MaskForm.AddSmallest ? float.MinValue : -10000)]);
    }

    /// <summary>attention_mask[batch, key] and true for each query, as masks by functions of indices are traced.</summary>
    private string IndexedMask()
    {
        string batch = Op("Unsqueeze", 13, "axes", [Op("Range", [Integers([0]), Size("input_ids", 0), Integers([1])])], 1);
        string column = Op("Unsqueeze", 13, "axes", [Op("Unsqueeze", 13, "axes", [batch], 2)], 3);
        string keys = Op("Range", [Integers([0]), Size("input_ids", 1), Integers([1])]);
        string common = Op("Concat", [Element(Size("input_ids", 0)), Vector(1), Vector(1), Element(Size("input_ids", 1))], Int("axis", 0));
        string[] indices = [.. ((string[])[column, keys]).Select(index => Op("Unsqueeze", 13, "axes", [Op("Expand", [index, common])], 4))];
        string padding = Op("GatherND", [Op("Cast", ["attention_mask"], Int("to", 9)), Op("Concat", indices, Int("axis", 4))]);
        string queries = Op("Unsqueeze", 13, "axes", [keys], 1);
        string allowed = Op("And", [padding, Op("Not", [Op("Less", [queries, Integers([0])])])]);
        return Op("Where", [allowed, Number(0), Number(float.NegativeInfinity)]);
    }

    private string Masked(string scores, string? mask)
    {
        switch (_form.Mask)
        {
            case MaskForm.None:
                return scores;
            case MaskForm.FillScores or MaskForm.FillScoresWithInfinity:
                string everywhere = Op("Expand", [mask!, Op("Shape", [scores])]);
                return Op("Where", [everywhere, Number(_form.Mask == MaskForm.FillScores ? float.MinValue : float.NegativeInfinity), scores]);
            case MaskForm.KeepScores:
                return Op("Where", [mask!, scores, Number(float.MinValue)]);
            case MaskForm.ExpandedPerLayer:
                string length = Element(Size("input_ids", 1));
                string square = Op("Expand", [mask!, Op("Concat", [Element(Size("input_ids", 0)), Vector(1), length, length], Int("axis", 0))]);
                string part = Op("Slice", [square, Vector(0), length, Vector(3), Vector(1)]);
                return Op("Add", [scores, Op("Where", [Op("Cast", [part], Int("to", 9)), Number(0), Number(float.MinValue)])]);
            default:
                return Op("Add", [scores, mask!]);
        }
    }

    private string Split(string projection)
    {
        string shape = _form.Split switch
        {
            SplitForm.Zeros => Vector(0, 0, Heads, HeadSize),
            SplitForm.Inferred => Op("Concat", [Element(Size(projection, 0)), Vector(-1), Vector(Heads), Vector(HeadSize)], Int("axis", 0)),
            SplitForm.SizesOfInput =>
                Op("Concat", [Element(Size("input_ids", 0)), Element(Size("input_ids", 1)), Vector(Heads), Vector(HeadSize)], Int("axis", 0)),
            SplitForm.SlicedShape => Op("Concat", [Op("Slice", [Op("Shape", [projection]), Vector(0), Vector(2)]), Vector(Heads, HeadSize)], Int("axis", 0)),
            SplitForm.PartOfShape => Op("Concat", [Op("Shape", [projection], Int("start", 0), Int("end", 2)), Vector(Heads, HeadSize)], Int("axis", 0)),
            _ => Op("Concat", [Element(Size(projection, 0)), Element(Size(projection, 1)), Vector(Heads), Vector(HeadSize)], Int("axis", 0)),
        };
        // Newer exporters say that a zero means zero.
        return Op("Reshape", [Plain(projection), shape], _form.Split == SplitForm.PartOfShape ? [Int("allowzero", 1)] : []);
    }

    private string TransposeKey(string key)
    {
        if (_form.Key == KeyForm.Once) return Op("Transpose", [key], Ints("perm", 0, 2, 3, 1));
        string heads = Op("Transpose", [key], Ints("perm", 0, 2, 1, 3));
        if (_form.Key == KeyForm.Twice) return Op("Transpose", [heads], Ints("perm", 0, 1, 3, 2));
        // As onnxscript's decomposition of scaled_dot_product_attention swaps the last two axes of any rank.
        string shape = Op("Shape", [heads]);
        string last = Op("Slice", [shape, Vector(-1), Vector(long.MaxValue)]);
        string beforeLast = Op("Slice", [shape, Vector(-2), Vector(-1)]);
        string first = Op("Slice", [shape, Vector(0), Vector(-2)]);
        string flat = Op("Reshape", [heads, Op("Concat", [Vector(-1), beforeLast, last], Int("axis", 0))]);
        return Op("Reshape", [Op("Transpose", [flat], Ints("perm", 0, 2, 1)), Op("Concat", [first, last, beforeLast], Int("axis", 0))]);
    }

    /// <summary>sqrt(1 / sqrt(head size)), with the head size read from a shape.</summary>
    private string RootOfShape(string query)
    {
        string size = Op("Cast", [Op("Slice", [Op("Shape", [query]), Vector(-1), Vector(long.MaxValue)])], Int("to", 1));
        return Op("Sqrt", [Op("Div", [Number(1), Op("Sqrt", [size])])]);
    }

    private string Norm(string x)
    {
        string scale = Floats(Hidden), shift = Floats(Hidden);
        if (_form.Norm == NormForm.Operator) return Op("LayerNormalization", [x, scale, shift], Int("axis", -1), OnnxAttribute.Of("epsilon", 1e-12f));
        string mean = Op("ReduceMean", 18, "axes", [x], -1);
        string centred = Op("Sub", [x, mean]);
        string square = _form.Norm == NormForm.Product ? Op("Mul", [centred, centred]) : Op("Pow", [centred, Number(2)]);
        string deviation = Op("Sqrt", [Op("Add", [Op("ReduceMean", 18, "axes", [square], -1), Number(1e-12f)])]);
        if (_form.Norm == NormForm.TwoDifferences) centred = Op("Sub", [x, mean]);
        string unit = _form.Norm == NormForm.Reciprocal ? Op("Mul", [Op("Reciprocal", [deviation]), centred]) : Op("Div", [centred, deviation]);
        return Op("Add", [Op("Mul", [scale, unit]), shift]);
    }

    private string Activate(string x)
    {
        switch (_form.Activation)
        {
            case ActivationForm.Relu:
                return Op("Relu", [x]);
            case ActivationForm.OperatorErf or ActivationForm.OperatorTanh:
                return Op("Gelu", [x], OnnxAttribute.Of("approximate", _form.Activation == ActivationForm.OperatorErf ? "none" : "tanh"));
            case ActivationForm.TanhPower or ActivationForm.TanhProduct:
                string cube = _form.Activation == ActivationForm.TanhPower
                    ? Op("Add", [x, Op("Mul", [Op("Pow", [x, Number(3)]), Number(0.044715f)])])
                    : Op("Mul", [x, Op("Add", [Op("Mul", [Op("Mul", [x, Number(0.044715f)]), x]), Number(1)])]);
                string tanh = Op("Add", [Op("Tanh", [Op("Mul", [cube, Number(MathF.Sqrt(2 / MathF.PI))])]), Number(1)]);
                return Op("Mul", [Op("Mul", [x, Number(0.5f)]), tanh]);
            default:
                string ratio = _form.Activation == ActivationForm.DivideErf ? Op("Div", [x, Number(MathF.Sqrt(2))]) : Op("Mul", [x, Number(1 / MathF.Sqrt(2))]);
                string erf = Op("Add", [Number(1), Op("Erf", [ratio])]);
                return _form.Activation == ActivationForm.HalfFirst
                    ? Op("Mul", [x, Op("Mul", [erf, Number(0.5f)])])
                    : Op("Mul", [Op("Mul", [x, erf]), Number(0.5f)]);
        }
    }

    private string Linear(string x, int from, int to, bool hasBias)
    {
        if (_form.Quantized)
        {
            string quantized = QuantizedProduct(x, from, to);
            return hasBias ? Op("Add", [quantized, Floats(to)]) : quantized;
        }

        if (_form.Gemms)
        {
            string rows = Op("Reshape", [x, Vector(-1, from)]);
            string gemm = Op("Gemm", hasBias ? [rows, Weight(to, from), Floats(to)] : [rows, Weight(to, from)], Int("transB", 1));
            return Op("Reshape", [gemm, Op("Concat", [Element(Size(x, 0)), Element(Size(x, 1)), Vector(to)], Int("axis", 0))]);
        }

        string product = Op("MatMul", [x, _form.TransposedWeights ? Op("Transpose", [Weight(to, from)], Ints("perm", 1, 0)) : Weight(from, to)]);
        if (!hasBias) return product;
        return _count % 2 == 0 ? Op("Add", [product, Floats(to)]) : Op("Add", [Floats(to), product]);
    }

    private string QuantizedProduct(string x, int from, int to)
    {
        if (!_quantized.Contains(x))
        {
            _quantized.Add(x);
            _nodes.Add(new OnnxNode { OpType = "DynamicQuantizeLinear", Inputs = [x], Outputs = [$"{x}_quantized", $"{x}_scale", $"{x}_zero_point"] });
        }

        int scales = to == Wide ? to : 1;
        string weight = $"weight_{_count++}", scale = $"weight_{_count++}", zeroPoint = $"weight_{_count++}";
        long[] scaleDims = scales == 1 ? [] : [scales];
        sbyte[] weightValues = [.. Enumerable.Range(0, from * to).Select(_ => (sbyte)_random.Next(-60, 61))];
        float[] scaleValues = [.. Enumerable.Range(0, scales).Select(i => 0.006f + (i * 0.0001f))];
        _weights.Add(SmallModel.Tensor(weight, TensorElementType.Int8, weightValues, from, to));
        _weights.Add(SmallModel.Tensor(scale, TensorElementType.Float32, scaleValues, scaleDims));
        _weights.Add(SmallModel.Tensor(zeroPoint, TensorElementType.Int8, new sbyte[scales], scaleDims));
        string product = Op("Cast", [Op("MatMulInteger", [$"{x}_quantized", weight, $"{x}_zero_point", zeroPoint])], Int("to", 1));
        return Op("Mul", [product, Op("Mul", [$"{x}_scale", scale])]);
    }

    /// <summary>The value behind nodes that change nothing.</summary>
    private string Plain(string value) => _form.IdentitiesAndCasts ? Op("Cast", [Op("Identity", [Op("Dropout", [value])])], Int("to", 1)) : value;

    private string Size(string value, long axis) => Op("Gather", [Op("Shape", [value]), Integers([axis])], Int("axis", 0));

    private string Element(string scalar) => Op("Unsqueeze", 13, "axes", [scalar], 0);

    private string Op(string op, string[] inputs, params OnnxAttribute[] attributes)
    {
        string name = $"{op}_{_count++}";
        _nodes.Add(SmallModel.Node(op, inputs, [name], attributes));
        return name;
    }

    /// <summary>An operator that has a list as an attribute up to some opset, and as an input from then on.</summary>
    private string Op(string op, int since, string name, string[] inputs, long value) =>
        _form.Opset >= since ? Op(op, [.. inputs, Vector(value)]) : Op(op, inputs, Ints(name, value));

    private static OnnxAttribute Int(string name, long value) => OnnxAttribute.Of(name, value);

    private static OnnxAttribute Ints(string name, params long[] values) => OnnxAttribute.Of(name, values);

    private string Vector(params long[] values) => Integers(values, values.Length);

    private string Integers(long[] values, params long[] dims) => Constant(new OnnxTensor
    {
        ElementType = TensorElementType.Int64,
        Dims = dims,
        RawData = MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
    });

    private string Number(float value) =>
        Constant(new OnnxTensor { ElementType = TensorElementType.Float32, Dims = [], RawData = BitConverter.GetBytes(value) });

    private string Constant(OnnxTensor tensor)
    {
        string name = $"Constant_{_count++}";
        _nodes.Add(SmallModel.Node("Constant", [], [name], OnnxAttribute.Of("value", tensor)));
        return name;
    }

    private string Floats(int length) => Weight(length);

    private string Weight(params long[] dims)
    {
        string name = $"weight_{_count++}";
        float[] values = new float[dims.Aggregate(1L, (product, dim) => product * dim)];
        for (int i = 0; i < values.Length; i++) values[i] = (_random.NextSingle() - 0.5f) * (dims.Length == 1 ? 1 : 0.8f);
        _weights.Add(SmallModel.Tensor(name, TensorElementType.Float32, values, dims));
        return name;
    }
}
