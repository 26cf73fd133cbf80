using System.Runtime.InteropServices;
using System.Text;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Runtime;

/// <summary>Runs with tensors of any type and rank, and several outputs. The model returns each input, its shape and its size.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class OrtRunTests(OnnxRuntimeFixture runtime)
{
    public static TheoryData<TensorElementType, bool> FixedSizeTypes
    {
        get
        {
            var data = new TheoryData<TensorElementType, bool>();
            foreach (TensorElementType type in Enum.GetValues<TensorElementType>())
            {
                if (type is TensorElementType.Undefined or TensorElementType.String or TensorElementType.Complex64 or TensorElementType.Complex128) continue;
                data.Add(type, false);
                data.Add(type, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(FixedSizeTypes))]
    public void Elements_of_every_type_and_rank_come_back_as_they_went_in(TensorElementType type, bool bound)
    {
        long[][] shapes = [[], [3], [2, 3], [2, 1, 3], [1, 2, 3, 2], [2, 1, 2, 1, 3], [1, 1, 2, 1, 2, 1, 3], [0, 4]];
        foreach (long[] dimensions in shapes)
        {
            using OrtSession session = Load(type, dimensions.Length);
            session.IsBound = bound;
            var shape = new TensorShape(dimensions);
            var view = new TensorView(0, 0, type, shape);
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)view.ByteLength + 1, pinned: true);
            new Random(7).NextBytes(bytes);
            if (type == TensorElementType.Bool) bytes.AsSpan().Fill(1);
            view = view with { Address = Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) };

            // In another order than the model's.
            using OrtRun run = OrtRun.Execute(session, [view], [1, 0, 2], shrinkArena: false);

            Assert.Equal(dimensions, run.Shape(1).Dimensions.ToArray());
            Assert.Equal(bytes[..^1], Bytes(run, 1, type));
            Assert.Equal(dimensions, run.Data<long>(0).ToArray());
            Assert.Equal([shape.ElementCount], run.Data<long>(2).ToArray());
            Assert.Equal(0, run.Shape(2).Rank);
        }
    }

    [Fact]
    public unsafe void Texts_come_back_as_they_went_in()
    {
        string[] texts = ["", "été", "日本語", "a longer text, which is not kept inside a string's own bytes", "", "🙂"];
        using OrtSession session = Load(TensorElementType.String, 2);
        byte[][] utf8 = [.. texts.Select(text => Encoding.UTF8.GetBytes(text + '\0'))];
        GCHandle[] pins = [.. utf8.Select(bytes => GCHandle.Alloc(bytes, GCHandleType.Pinned))];
        nint[] pointers = GC.AllocateUninitializedArray<nint>(texts.Length, pinned: true);
        for (int i = 0; i < texts.Length; i++) pointers[i] = pins[i].AddrOfPinnedObject();
        try
        {
            var view = new TensorView(0, Marshal.UnsafeAddrOfPinnedArrayElement(pointers, 0), TensorElementType.String, new TensorShape(2, 3));

            using OrtRun run = OrtRun.Execute(session, [view], [0, 1], shrinkArena: false);

            Assert.Equal(texts, run.Strings(0));
            Assert.Equal([2, 3], run.Data<long>(1).ToArray());
        }
        finally
        {
            foreach (GCHandle pin in pins) pin.Free();
        }
    }

    [Fact]
    public void A_run_that_fails_says_why_and_leaves_the_session_usable()
    {
        using OrtSession session = Load(TensorElementType.Int64, 1);
        long[] values = GC.AllocateArray<long>(4, pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(values, 0);
        foreach (bool bound in (bool[])[false, true])
        {
            session.IsBound = bound;
            var square = new TensorView(0, address, TensorElementType.Int64, new TensorShape(2, 2));
            var failure = Assert.Throws<OnnxRuntimeException>(
                () => OrtRun.Execute(session, [square], [0, 1], shrinkArena: false).Dispose());
            Assert.Contains("rank", failure.Message, StringComparison.OrdinalIgnoreCase);
            using OrtRun run = OrtRun.Execute(session, [new TensorView(0, address, TensorElementType.Int64, new TensorShape(4))], [0, 1], shrinkArena: false);
            Assert.Equal(values, run.Data<long>(0).ToArray());
        }
    }

    private static byte[] Bytes(in OrtRun run, int output, TensorElementType type) => new TensorView(0, 0, type, new TensorShape(1)).ByteLength switch
    {
        1 => run.Data<byte>(output).ToArray(),
        2 => MemoryMarshal.AsBytes(run.Data<ushort>(output)).ToArray(),
        4 => MemoryMarshal.AsBytes(run.Data<uint>(output)).ToArray(),
        _ => MemoryMarshal.AsBytes(run.Data<ulong>(output)).ToArray(),
    };

    /// <summary>A model of one input "x", and the outputs "same", "shape" and "size".</summary>
    private OrtSession Load(TensorElementType type, int rank)
    {
        var writer = new ProtoWriter();
        writer.Integer(1, 8);
        int graph = writer.Begin();
        SmallModel.Node("Identity", ["x"], ["same"]).Write(writer);
        SmallModel.Node("Shape", ["x"], ["shape"]).Write(writer);
        SmallModel.Node("ReduceProd", ["shape"], ["size"], OnnxAttribute.Of("keepdims", 0)).Write(writer);
        writer.Text(2, "g");
        SmallModel.WriteValue(writer, 11, "x", type, [.. Enumerable.Range(0, rank).Select(dimension => $"d{dimension}")]);
        SmallModel.WriteValue(writer, 12, "same", type, null);
        SmallModel.WriteValue(writer, 12, "shape", TensorElementType.Int64, null);
        SmallModel.WriteValue(writer, 12, "size", TensorElementType.Int64, null);
        writer.End(7, graph);
        OpsetImport.Of("", 17).Write(writer);
        return OrtSession.Load(runtime.Environment, writer.Written.Span, new SessionSettings());
    }
}
