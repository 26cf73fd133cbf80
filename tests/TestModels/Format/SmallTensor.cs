using System.Runtime.InteropServices;

namespace Thaw.TestModels.Format;

/// <summary>A tensor of a few values in memory: the constants of a graph. No dims means a scalar.</summary>
internal sealed record SmallTensor(OnnxType Type, long[] Dims, byte[] Bytes)
{
    public static SmallTensor Scalar(long value) => new(OnnxType.Int64, [], BytesOf<long>([value]));

    public static SmallTensor Scalar(int value) => new(OnnxType.Int32, [], BytesOf<int>([value]));

    public static SmallTensor Scalar(float value) => new(OnnxType.Float, [], BytesOf<float>([value]));

    public static SmallTensor Vector(params long[] values) => new(OnnxType.Int64, [values.Length], BytesOf<long>(values));

    public static SmallTensor Vector(int value) => new(OnnxType.Int32, [1], BytesOf<int>([value]));

    /// <summary>One row, [1, n], as PyTorch keeps the buffers position_ids and token_type_ids.</summary>
    public static SmallTensor Row(long[] values) => new(OnnxType.Int64, [1, values.Length], BytesOf<long>(values));

    public MessageWriter Encode(bool packIntegers)
    {
        var message = new MessageWriter(packIntegers);
        message.RepeatedInt64(OnnxFields.Tensor.Dims, Dims);
        message.Int64(OnnxFields.Tensor.DataType, (long)Type);
        message.Bytes(OnnxFields.Tensor.RawData, Bytes);
        return message;
    }

    // raw_data is little-endian by definition, and so is every machine that this runs on.
    private static byte[] BytesOf<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
