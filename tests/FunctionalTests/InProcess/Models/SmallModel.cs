using System.Globalization;
using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.FunctionalTests.InProcess.Models;

/// <summary>
/// A model of a few nodes. Its input "x" is int64 [n, m], which is all that the binding feeds; "f" is the same as float32.
/// </summary>
internal sealed record SmallModel
{
    public IReadOnlyList<OnnxNode> Nodes { get; init; } = [];

    public IReadOnlyList<OnnxTensor> Initializers { get; init; } = [];

    /// <summary>Given with each run, as inputs after "x".</summary>
    public IReadOnlyList<OnnxTensor> WeightInputs { get; init; } = [];

    public string Output { get; init; } = "y";

    public TensorElementType OutputType { get; init; } = TensorElementType.Float32;

    /// <summary>Bytes by which everything in the file is moved.</summary>
    public int Padding { get; init; }

    public int IrVersion { get; init; } = 8;

    /// <summary>More fields of the graph.</summary>
    public Action<ProtoWriter> InGraph { get; init; } = _ => { };

    /// <summary>More fields of the model.</summary>
    public Action<ProtoWriter> InModel { get; init; } = _ => { };

    public byte[] Encode()
    {
        var writer = new ProtoWriter();
        writer.Integer(1, IrVersion);
        // producer_name: its tag and length take two bytes.
        if (Padding > 0) writer.Text(2, new string(' ', Padding));
        int graph = writer.Begin();
        Cast.Write(writer);
        foreach (OnnxNode node in Nodes) node.Write(writer);
        writer.Text(2, "g");
        foreach (OnnxTensor tensor in Initializers) tensor.Write(writer, 5, ownFile: null);
        InGraph(writer);
        WriteValue(writer, 11, "x", TensorElementType.Int64, ["n", "m"]);
        foreach (OnnxTensor weight in WeightInputs)
            WriteValue(writer, 11, weight.Name, weight.ElementType, [.. weight.Dims.Select(dim => dim.ToString(CultureInfo.InvariantCulture))]);
        WriteValue(writer, 12, Output, OutputType, null);
        writer.End(7, graph);
        foreach ((string domain, long version) in ((string, long)[])[("", 17), ("com.microsoft", 1), ("test", 1)])
            OpsetImport.Of(domain, version).Write(writer);
        InModel(writer);
        return writer.Written.ToArray();
    }

    public static OnnxNode Node(string op, string[] inputs, string[] outputs, params OnnxAttribute[] attributes) =>
        new() { OpType = op, Name = outputs[0], Inputs = inputs, Outputs = outputs, Attributes = attributes };

    public static OnnxNode MicrosoftNode(string op, string[] inputs, string[] outputs, params OnnxAttribute[] attributes) =>
        Node(op, inputs, outputs, attributes) with { Domain = "com.microsoft" };

    /// <summary>Values that differ from one another, and from 0.</summary>
    public static OnnxTensor Floats(string name, params long[] dims)
    {
        float[] values = new float[dims.Aggregate(1L, (product, dim) => product * dim)];
        for (int i = 0; i < values.Length; i++) values[i] = ((i * 7919 % 1009) - 503.5f) / 512;
        return Tensor<float>(name, TensorElementType.Float32, values, dims);
    }

    public static OnnxTensor Tensor<T>(string name, TensorElementType type, T[] values, params long[] dims) where T : unmanaged =>
        new() { Name = name, ElementType = type, Dims = dims, RawData = MemoryMarshal.AsBytes(values.AsSpan()).ToArray() };

    public static void WriteValue(ProtoWriter writer, int field, string name, TensorElementType type, string[]? dims)
    {
        int value = writer.Begin();
        writer.Text(1, name);
        int typeProto = writer.Begin();
        int tensorType = writer.Begin();
        writer.Integer(1, (long)type);
        if (dims is not null)
        {
            int shape = writer.Begin();
            foreach (string dim in dims)
            {
                int message = writer.Begin();
                if (long.TryParse(dim, out long number)) writer.Integer(1, number);
                else writer.Text(2, dim);
                writer.End(1, message);
            }

            writer.End(2, shape);
        }

        writer.End(1, tensorType);
        writer.End(2, typeProto);
        writer.End(field, value);
    }

    private static OnnxNode Cast => Node("Cast", ["x"], ["f"], OnnxAttribute.Of("to", (long)TensorElementType.Float32));
}
