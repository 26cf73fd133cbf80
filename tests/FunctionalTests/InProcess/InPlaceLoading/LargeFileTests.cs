using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>A file that is too large for ONNX Runtime.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class LargeFileTests(OnnxRuntimeFixture runtime) : InPlaceComparison(runtime)
{
    [Fact]
    public void A_file_over_2_GB_is_loaded_in_place_which_ONNX_Runtime_cannot_do()
    {
        // Zeros that take no space on disk, except for one row at the very end of the table.
        const long Rows = (2L << 30) / 64 + 8;
        string path = Folder["model.onnx"];
        WriteLarge(path, Rows);
        using OrtSession? session = TryLoad(path, new SessionSettings { Prepacking = false }, out string? reason);
        Assert.True(session is not null, reason);
        Assert.Contains("0000803F", Outcome.Of(session).Text);
        Assert.Throws<OnnxRuntimeException>(() => LoadPlainly(path, new SessionSettings()));
    }

    /// <summary>
    /// A table of zeros that take no space on disk, except for a one at the very end. The table is at the end of the graph, and the graph at the end
    /// of the file.
    /// </summary>
    private static void WriteLarge(string path, long rows)
    {
        long length = rows * 64;
        // Ids count from the end of the table: 1 - 2 = -1 is its last row.
        var graph = new ProtoWriter();
        Node("Sub", ["x", "two"], ["index"]).Write(graph);
        Node("Gather", ["table", "index"], ["y"]).Write(graph);
        graph.Text(2, "g");
        Tensor<long>("two", TensorElementType.Int64, [2]).Write(graph, 5, null);
        WriteValue(graph, 11, "x", TensorElementType.Int64, ["n", "m"]);
        WriteValue(graph, 12, "y", TensorElementType.Float32, null);
        var tensor = new ProtoWriter();
        tensor.Integers(1, [rows, 16]);
        tensor.Integer(2, 1);
        tensor.Text(8, "table");
        byte[] inTensor = [.. tensor.Written.Span, .. Header(9, length)];
        byte[] inGraph = [.. graph.Written.Span, .. Header(5, inTensor.Length + length), .. inTensor];
        var model = new ProtoWriter();
        model.Integer(1, 8);
        OpsetImport.Of("", 17).Write(model);
        model.Raw(Header(7, inGraph.Length + length));
        model.Raw(inGraph);
        using FileStream file = File.Create(path);
        file.Write(model.Written.Span);
        file.Seek(length - sizeof(float), SeekOrigin.Current);
        file.Write(BitConverter.GetBytes(1f));
    }

    private static byte[] Header(int field, long length)
    {
        var writer = new ProtoWriter();
        writer.Integer(field, length);
        byte[] header = writer.Written.ToArray();
        header[0] |= (byte)WireType.Bytes;
        return header;
    }
}
