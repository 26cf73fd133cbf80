using System.Runtime.InteropServices;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Every kernel that may read a weight as an input of the run, with the weight at every place in a cache line.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class WeightInputTests(OnnxRuntimeFixture runtime)
{
    private const int CacheLine = 64;

    // Not a multiple of any vector's length.
    private const int Odd = 103;

    private static readonly SessionSettings Settings = new() { Optimization = GraphOptimization.None, Prepacking = false };

    private static readonly OnnxNode Turned = Node("Transpose", ["e"], ["t"], OnnxAttribute.Of("perm", [0, 2, 1]));

    private static readonly OnnxNode[] Quantized =
        [Node("DynamicQuantizeLinear", ["e"], ["a", "scale", "zero"]), Node("Identity", ["q"], ["y"])];

    [Fact]
    public void Kernels_read_weights_that_are_inputs_at_any_address()
    {
        HashSet<(string, string, int)> covered = [];
        foreach (int size in (int[])[Odd, 64])
        {
            foreach (Case one in Cases(size))
            {
                foreach (OnnxNode node in one.Nodes)
                {
                    for (int i = 0; i < node.Inputs.Count; i++)
                    {
                        if (one.Weights.FirstOrDefault(weight => weight.Name == node.Inputs[i]) is not { } weight) continue;
                        Assert.True(WeightInputs.Accepts(node, i, weight), $"{node.OpType} {i}");
                        covered.Add((node.Domain, node.OpType, i));
                    }
                }

                AssertAtEveryAddress(one, size);
            }
        }

        Assert.Equal(
            WeightInputs.Known.SelectMany(known => known.Value.Select(input => (known.Key.Domain, known.Key.OpType, input))).Order(), covered.Order());
    }

    private static IEnumerable<Case> Cases(int size)
    {
        OnnxAttribute transposed = OnnxAttribute.Of("transB", 1L), relu = OnnxAttribute.Of("activation", "Relu");
        OnnxNode rows = Node("Reshape", ["e", "shape"], ["r"]);
        OnnxTensor matrix = Floats("w", size, 48), turned = Floats("w", 48, size), bias = Floats("b", 48), vector = Floats("v", size);
        yield return new([Node("MatMul", ["e", "w"], ["y"])], matrix);
        yield return new([Turned, Node("MatMul", ["w", "t"], ["y"])], turned);
        yield return new([rows, Node("Gemm", ["r", "w", "b"], ["y"])], matrix, bias);
        yield return new([rows, Node("Gemm", ["r", "w", "b"], ["y"], transposed)], turned, bias);
        yield return new([rows, Node("Gemm", ["w", "r", "b"], ["y"], transposed)], turned, Floats("b", 48, 1));
        yield return new([rows, MicrosoftNode("FusedGemm", ["r", "w", "b"], ["y"], transposed, relu)], turned, bias);
        yield return new([rows, MicrosoftNode("FusedGemm", ["w", "r", "b"], ["y"], transposed, relu)], turned, Floats("b", 48, 1));
        yield return new([MicrosoftNode("FusedMatMul", ["e", "w"], ["y"], transposed)], turned);
        yield return new([MicrosoftNode("FusedMatMul", ["w", "e"], ["y"], transposed)], turned);
        yield return new([Node("Gather", ["w", "x"], ["y"])], Floats("w", 8, size));
        yield return new([Node("Gather", ["w", "x"], ["h"]), Node("Cast", ["h"], ["y"], OnnxAttribute.Of("to", 1L))], Halves("w", 8, size));
        yield return new([Node("Slice", ["w", "from", "to", "axes"], ["y"])], Floats("w", 8, size));
        foreach (string op in (string[])["Add", "Mul"])
        {
            yield return new([Node(op, ["e", "v"], ["y"])], vector);
            yield return new([Node(op, ["v", "e"], ["y"])], vector);
            yield return new([Turned, Node(op, ["t", "v"], ["y"])], Floats("v", size, 1));
        }

        yield return new([Node("LayerNormalization", ["e", "v", "s"], ["y"])], vector, Floats("s", size));
        yield return new([MicrosoftNode("SkipLayerNormalization", ["e", "e", "v", "s", "b"], ["y"])], vector, Floats("s", size), Floats("b", size));
        yield return new([MicrosoftNode("BiasGelu", ["e", "v"], ["y"])], vector);
        yield return new([MicrosoftNode("FastGelu", ["e", "v"], ["y"])], vector);
        yield return new(
            [
                Node("Cast", ["x"], ["i"], OnnxAttribute.Of("to", 6L)),
                MicrosoftNode("EmbedLayerNormalization", ["i", "i", "w", "p", "s", "v", "b"], ["y", "mask"]),
            ], Floats("w", 8, size), Floats("p", 9, size), Floats("s", 2, size), vector, Floats("b", size));
        // Heads of an even size, and of one that is not.
        int heads = size == Odd ? 1 : 4;
        yield return new([MicrosoftNode("MultiHeadAttention", ["e", "e", "e", "b"], ["y"], OnnxAttribute.Of("num_heads", (long)heads))], Floats("b", 3 * size));
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Int8, TensorElementType.UInt8])
        {
            foreach (long[] dims in (long[][])[[], [1]])
            {
                OnnxNode[] rowsOfTable = [Node("Gather", ["w", "x"], ["g"]), Node("DequantizeLinear", ["g", "s", "z"], ["y"])];
                yield return new(rowsOfTable, Bytes("w", type, 8, size), Positive("s", dims), Bytes("z", type, dims));
            }

            foreach (long[] dims in (long[][])[[], [1], [48]])
            {
                OnnxNode product = MicrosoftNode("MatMulIntegerToFloat", ["a", "w", "scale", "s", "zero", "z", "b"], ["q"]);
                yield return new([Quantized[0], product, Quantized[1]], Bytes("w", type, size, 48), Positive("s", dims), Bytes("z", type, dims), bias);
            }
        }
    }

    private unsafe void AssertAtEveryAddress(Case one, int size)
    {
        OnnxTensor[] constants =
        [
            Floats("table", 8, size), Integers("shape", -1, size), Integers("from", 0), Integers("to", 5), Integers("axes", 0),
        ];
        string[] read = [.. one.Nodes.SelectMany(node => node.Inputs)];
        var model = new SmallModel
        {
            Nodes = [Node("Gather", ["table", "x"], ["e"]), .. one.Nodes],
            Initializers = [.. constants.Where(constant => constant.Name == "table" || read.Contains(constant.Name))],
        };
        using OrtSession own = OrtSession.Load(runtime.Environment, (model with { Initializers = [.. model.Initializers, .. one.Weights] }).Encode(), Settings);
        using OrtSession shared = OrtSession.Load(runtime.Environment, (model with { WeightInputs = one.Weights }).Encode(), Settings);
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (1, 5), (3, 7)])
        {
            byte[] expected = Run(own, rows, columns, weights: null);
            for (int offset = 0; offset < CacheLine; offset++)
            {
                // All weights at the same place in a line, then each at another one.
                foreach (int step in (int[])[0, 13])
                {
                    using var weights = new MappedWeights([]);
                    weights.Reserve(one.Weights.Length);
                    for (int i = 0; i < one.Weights.Length; i++)
                    {
                        OnnxTensor weight = one.Weights[i];
                        ReadOnlySpan<byte> elements = weight.RawData!.Value.Span;
                        nint address = weights.Allocate(elements.Length + (2 * CacheLine)) + ((offset + (i * step)) % CacheLine);
                        elements.CopyTo(new Span<byte>((void*)address, elements.Length));
                        weights.Add(weight.ElementType, [.. weight.Dims], address, elements.Length);
                    }

                    bool isSame = expected.AsSpan().SequenceEqual(Run(shared, rows, columns, weights));
                    Assert.True(isSame, $"{one.Nodes[^1].OpType}, size {size}, {rows} x {columns}, offset {offset}, step {step}");
                }
            }
        }
    }

    private static byte[] Run(OrtSession session, int rows, int columns, MappedWeights? weights)
    {
        long[] ids = GC.AllocateArray<long>(rows * columns, pinned: true);
        for (int i = 0; i < ids.Length; i++) ids[i] = i % 2;
        var view = new TensorView(0, Marshal.UnsafeAddrOfPinnedArrayElement(ids, 0), TensorElementType.Int64, new TensorShape(rows, columns));
        using OrtRun run = OrtRun.Execute(session, [view], [0], shrinkArena: false, weights);
        GC.KeepAlive(ids);
        Assert.All(run.Data<float>().ToArray(), number => Assert.True(float.IsFinite(number)));
        return MemoryMarshal.AsBytes(run.Data<float>()).ToArray();
    }

    private static OnnxTensor Integers(string name, params long[] values) => Tensor(name, TensorElementType.Int64, values, values.Length);

    private static OnnxTensor Halves(string name, params long[] dims) =>
        Tensor(name, TensorElementType.Float16, [.. Enumerable.Range(0, Count(dims)).Select(i => (Half)((i % 37) / 8.0))], dims);

    private static OnnxTensor Bytes(string name, TensorElementType type, params long[] dims) =>
        Tensor(name, type, [.. Enumerable.Range(0, Count(dims)).Select(i => (byte)((i * 7919 % 101) + 1))], dims);

    private static OnnxTensor Positive(string name, params long[] dims) =>
        Tensor(name, TensorElementType.Float32, [.. Enumerable.Range(1, Count(dims)).Select(i => i / 256f)], dims);

    private static int Count(long[] dims) => (int)dims.Aggregate(1L, (product, dim) => product * dim);

    private sealed record Case(OnnxNode[] Nodes, params OnnxTensor[] Weights);
}
