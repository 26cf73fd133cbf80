namespace Thaw.Onnx.Runtime;

/// <summary>The smallest useful model, for making ONNX Runtime load or run something.</summary>
internal static class TinyModel
{
    /// <summary>A ModelProto: ir_version 8, opset 13, a graph "g" of one Identity from the input "x" to the output "y", both int64 [n, m].</summary>
    public static ReadOnlySpan<byte> Identity =>
    [
        0x08, 8, // ir_version
        0x3a, 0x43, // graph, 67 bytes
            0x0a, 0x10, // node, 16 bytes
                0x0a, 1, (byte)'x', // input
                0x12, 1, (byte)'y', // output
                0x22, 8, (byte)'I', (byte)'d', (byte)'e', (byte)'n', (byte)'t', (byte)'i', (byte)'t', (byte)'y', // op_type
            0x12, 1, (byte)'g', // name
            0x5a, 0x15, // input, 21 bytes
                0x0a, 1, (byte)'x', // name
                0x12, 0x10, // type, 16 bytes
                    0x0a, 0x0e, // tensor_type, 14 bytes
                        0x08, 7, // elem_type INT64
                        0x12, 0x0a, // shape, 10 bytes
                            0x0a, 3, 0x12, 1, (byte)'n', // dim with dim_param
                            0x0a, 3, 0x12, 1, (byte)'m',
            0x62, 0x15, // output, the same under another name
                0x0a, 1, (byte)'y',
                0x12, 0x10,
                    0x0a, 0x0e,
                        0x08, 7,
                        0x12, 0x0a,
                            0x0a, 3, 0x12, 1, (byte)'n',
                            0x0a, 3, 0x12, 1, (byte)'m',
        0x42, 0x04, // opset_import, 4 bytes
            0x0a, 0, // domain ""
            0x10, 13, // version
    ];
}
