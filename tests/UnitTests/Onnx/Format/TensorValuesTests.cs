using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class TensorValuesTests
{
    [Fact]
    public void Values_are_read_from_every_field_that_holds_them()
    {
        float[] floats = [1, -2.5f];
        AssertValues<float>(floats, 1, tensor => tensor.Bytes(9, MemoryMarshal.AsBytes(floats.AsSpan())));
        AssertValues<float>(floats, 1, tensor => tensor.Bytes(4, MemoryMarshal.AsBytes(floats.AsSpan())));
        AssertValues<float>(floats, 1, tensor => { tensor.Single(4, 1); tensor.Single(4, -2.5f); });
        AssertValues<long>([1, -1], 7, tensor => tensor.Integers(7, [1, -1]));
        AssertValues<long>([1, 2], 7, tensor => tensor.Bytes(7, [1, 2]));
        AssertValues<int>([1, -1], 6, tensor => tensor.Integers(5, [1, -1]));
        AssertValues<byte>([1, 0], 9, tensor => tensor.Integers(5, [1, 0]));
    }

    [Fact]
    public void Text_has_no_values() => Assert.False(TensorValues.TryRead(Tensor(8, tensor => tensor.Text(6, "a")), out _));

    [Fact]
    public void A_tensors_place_in_another_file_is_read_and_survives_an_edit_with_its_checksum()
    {
        OnnxTensor tensor = Tensor(1, message =>
        {
            foreach ((string key, string value) in ((string, string)[])[("location", "data"), ("offset", "4096"), ("length", "8"), ("checksum", "abc")])
            {
                int entry = message.Begin();
                message.Text(1, key);
                message.Text(2, value);
                message.End(13, entry);
            }

            message.Integer(14, 1);
        });
        Assert.Equal(new TensorLocation("data", 4096, 8), tensor.Location);
        var writer = new ProtoWriter();
        (tensor with { Name = "other" }).Write(writer, 5, null);
        var reader = new FieldReader(writer.Written);
        Assert.True(reader.Next());
        OnnxTensor read = OnnxTensor.Parse(reader.Content);
        Assert.Equal(("other", tensor.Location), (read.Name, read.Location));
        Assert.Equal(tensor.Rest.ToArray(), read.Rest.ToArray());
        Assert.NotEqual(0, read.Rest.Length);
    }

    private static void AssertValues<T>(T[] expected, int type, Action<ProtoWriter> write) where T : unmanaged
    {
        Assert.True(TensorValues.TryRead(Tensor(type, write), out ReadOnlySpan<byte> elements));
        Assert.Equal(expected, MemoryMarshal.Cast<byte, T>(elements).ToArray());
    }

    private static OnnxTensor Tensor(int type, Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        message.Integers(1, [2]);
        message.Integer(2, type);
        write(message);
        return OnnxTensor.Parse(message.Written);
    }
}
