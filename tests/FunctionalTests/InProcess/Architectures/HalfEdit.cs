using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Rounds a float32 model to float16 or bfloat16, and writes it as converters and exporters do.</summary>
/// <param name="type">The type of the weights.</param>
/// <param name="style">What the file looks like.</param>
internal sealed class HalfEdit(TensorElementType type, HalfStyle style)
{
    // onnxconverter-common's convert_float_to_float16 keeps numbers within these.
    private const float SmallestPositive = 1e-7f, LargestFinite = 1e4f;

    private static readonly float[] OfGelu = [MathF.Sqrt(2), MathF.Sqrt(0.5f), 0.044715f, MathF.Sqrt(2 / MathF.PI), MathF.Sqrt(2 / MathF.PI) * 0.044715f];

    public void Apply(OnnxModelFile model)
    {
        OnnxGraph graph = model.Graph;
        List<OnnxNode> casts = [];
        HashSet<OnnxNode> wide = style == HalfStyle.Exported ? NormalizeInFloat32(model) : [];
        for (int i = 0; i < graph.Initializers.Count; i++)
        {
            OnnxTensor tensor = graph.Initializers[i];
            if (tensor.ElementType != TensorElementType.Float32) continue;
            string name = style == HalfStyle.WeightsBehindCasts ? $"{tensor.Name}_half" : tensor.Name;
            if (name != tensor.Name) casts.Add(Cast(name, tensor.Name, TensorElementType.Float32));
            graph.Initializers[i] = Rounded(model, tensor) with { Name = name };
        }

        if (style == HalfStyle.WeightsBehindCasts)
        {
            graph.Nodes.InsertRange(0, casts);
            return;
        }

        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (wide.Contains(graph.Nodes[i])) continue;
            graph.Nodes[i] = graph.Nodes[i] with { Attributes = [.. graph.Nodes[i].Attributes.Select(attribute => Rounded(model, attribute))] };
        }

        graph.ValueInfos.Clear();
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            string output = graph.Outputs[i].Name;
            if (style != HalfStyle.WithFloat32Outputs)
            {
                graph.Outputs[i] = DeclaredType.WithElements(graph.Outputs[i], type);
                continue;
            }

            int maker = graph.Nodes.FindIndex(node => node.Outputs.Contains(output));
            graph.Nodes[maker] = graph.Nodes[maker] with { Outputs = [.. graph.Nodes[maker].Outputs.Select(name => name == output ? $"{output}_half" : name)] };
            for (int reader = maker; reader < graph.Nodes.Count; reader++)
            {
                OnnxNode node = graph.Nodes[reader];
                if (node.Inputs.Contains(output))
                    graph.Nodes[reader] = node with { Inputs = [.. node.Inputs.Select(name => name == output ? $"{output}_half" : name)] };
            }

            graph.Nodes.Add(Cast($"{output}_half", output, TensorElementType.Float32));
        }
    }

    /// <summary>The same model in float32, with weights and numbers that have been rounded; except for those of gelu, which mean the exact ones.</summary>
    public void ApplyWidened(OnnxModelFile model)
    {
        OnnxGraph graph = model.Graph;
        for (int i = 0; i < graph.Initializers.Count; i++)
        {
            if (graph.Initializers[i].ElementType == TensorElementType.Float32) graph.Initializers[i] = Widened(graph.Initializers[i]);
        }

        if (style == HalfStyle.WeightsBehindCasts) return;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            graph.Nodes[i] = graph.Nodes[i] with
            {
                Attributes = [.. graph.Nodes[i].Attributes.Select(attribute => attribute.Tensor is { ElementType: TensorElementType.Float32 } tensor
                    ? OnnxAttribute.Of(attribute.Name, Widened(tensor))
                    : attribute)],
            };
        }

        OnnxTensor Widened(OnnxTensor tensor)
        {
            float[] numbers = Read(model, tensor);
            bool isOfGelu = numbers is [var only] && Array.Exists(OfGelu, known => MathF.Abs(only - known) < 1e-5f * known);
            float[] widened = isOfGelu ? numbers : Array.ConvertAll(numbers, number => ToFloat(Round(number)));
            return new OnnxTensor
            {
                Name = tensor.Name, ElementType = TensorElementType.Float32, Dims = tensor.Dims, RawData = MemoryMarshal.AsBytes(widened.AsSpan()).ToArray(),
            };
        }
    }

    /// <summary>Computes the variance and the division of each normalization in float32, as PyTorch exports them.</summary>
    /// <returns>The new nodes whose types are not to be changed.</returns>
    private HashSet<OnnxNode> NormalizeInFloat32(OnnxModelFile model)
    {
        List<OnnxNode> nodes = model.Graph.Nodes;
        HashSet<OnnxNode> wide = [];
        foreach (OnnxNode square in nodes.Where(node => node.OpType == "Pow").ToArray())
        {
            string centred = square.Inputs[0];
            if (nodes.Find(node => node.OpType == "Div" && node.Inputs[0] == centred) is not { } division) continue;
            OnnxNode mean = nodes.Single(node => node.Inputs.Contains(square.Outputs[0])), safe = nodes.Single(node => node.Inputs.Contains(mean.Outputs[0]));
            string epsilon = safe.Inputs.Single(input => input != mean.Outputs[0]), quotient = division.Outputs[0];
            OnnxNode numerator = Cast(centred, $"{centred}_wide", TensorElementType.Float32);
            OnnxNode two = Copy(square.Inputs[1], $"{centred}_two"), small = Copy(epsilon, $"{centred}_epsilon");
            wide.UnionWith([numerator, two, small]);
            int at = nodes.IndexOf(square);
            nodes[at] = square with { Inputs = [numerator.Outputs[0], two.Outputs[0]] };
            nodes.InsertRange(at, [numerator, two, small]);
            at = nodes.IndexOf(safe);
            nodes[at] = safe with { Inputs = [mean.Outputs[0], small.Outputs[0]] };
            at = nodes.IndexOf(division);
            nodes[at] = division with { Inputs = [numerator.Outputs[0], division.Inputs[1]], Outputs = [$"{quotient}_wide"] };
            nodes.Insert(at + 1, Cast($"{quotient}_wide", quotient, type));
        }

        return wide;

        OnnxNode Copy(string constant, string name)
        {
            OnnxTensor tensor = model.Graph.Initializers.Find(tensor => tensor.Name == constant)
                ?? nodes.Single(node => node.Outputs.Contains(constant)).Attribute("value")!.Tensor!;
            return new OnnxNode { OpType = "Constant", Outputs = [name], Attributes = [OnnxAttribute.Of("value", tensor)] };
        }
    }

    private static OnnxNode Cast(string from, string to, TensorElementType type) =>
        new() { OpType = "Cast", Inputs = [from], Outputs = [to], Attributes = [OnnxAttribute.Of("to", (long)type)] };

    private OnnxAttribute Rounded(OnnxModelFile model, OnnxAttribute attribute)
    {
        if (attribute.Tensor is { ElementType: TensorElementType.Float32 } tensor) return OnnxAttribute.Of(attribute.Name, Rounded(model, tensor));
        return attribute.Name == "to" && attribute.Integer == (long)TensorElementType.Float32 ? OnnxAttribute.Of("to", (long)type) : attribute;
    }

    private OnnxTensor Rounded(OnnxModelFile model, OnnxTensor tensor)
    {
        ushort[] halves = Array.ConvertAll(Read(model, tensor), Round);
        var rounded = new OnnxTensor { Name = tensor.Name, ElementType = type, Dims = tensor.Dims };
        // The converter writes numbers that were in float_data to int32_data; here, those of two elements.
        if (halves.Length != 2) return rounded with { RawData = MemoryMarshal.AsBytes(halves.AsSpan()).ToArray() };
        var fields = new ProtoWriter();
        foreach (ushort half in halves) fields.Integer(Fields.Tensor.Int32Data, half);
        return rounded with { Rest = fields.Written };
    }

    private static float[] Read(OnnxModelFile model, OnnxTensor tensor)
    {
        Assert.True(model.TryRead(tensor, out ReadOnlySpan<byte> elements));
        return MemoryMarshal.Cast<byte, float>(elements).ToArray();
    }

    private ushort Round(float number)
    {
        if (type == TensorElementType.BFloat16)
        {
            // To the nearest one, except that the lowest number stays finite.
            uint bits = BitConverter.SingleToUInt32Bits(number);
            return (ushort)(float.IsFinite(number) && MathF.Abs(number) > 3.39e38f ? bits >> 16 : (bits + 0x7fff) >> 16);
        }

        if (style is HalfStyle.Converted or HalfStyle.WithFloat32Outputs)
        {
            if (number is > 0 and < SmallestPositive) number = SmallestPositive;
            if (number is < 0 and > -SmallestPositive) number = -SmallestPositive;
            if (float.IsFinite(number)) number = Math.Clamp(number, -LargestFinite, LargestFinite);
        }

        // PyTorch takes the lowest number of the type that it traces.
        if (float.IsFinite(number)) number = Math.Clamp(number, (float)Half.MinValue, (float)Half.MaxValue);
        return BitConverter.HalfToUInt16Bits((Half)number);
    }

    private float ToFloat(ushort half) =>
        type == TensorElementType.BFloat16 ? BitConverter.UInt32BitsToSingle((uint)half << 16) : (float)BitConverter.UInt16BitsToHalf(half);
}
