using Thaw.Onnx.Format;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class ProtoFieldTests
{
    [Fact]
    public void Every_type_of_field_is_measured()
    {
        Assert.Equal(new ProtoField(1, WireType.Varint, 5, 2, 0), ProtoField.Parse([0x08, 5]));
        Assert.Equal(new ProtoField(1, WireType.Varint, ulong.MaxValue, 11, 0), ProtoField.Parse([0x08, .. Enumerable.Repeat((byte)0xff, 9), 1]));
        Assert.Equal(new ProtoField(1, WireType.Fixed64, 0, 1, 8), ProtoField.Parse([0x09]));
        Assert.Equal(new ProtoField(16, WireType.Bytes, 0, 4, 300), ProtoField.Parse([0x82, 1, 0xac, 2]));
        Assert.Equal(new ProtoField(1, WireType.Fixed32, 0, 1, 4), ProtoField.Parse([0x0d]));
        Assert.Equal(new ProtoField(536870911, WireType.Varint, 0, 6, 0), ProtoField.Parse([0xf8, 0xff, 0xff, 0xff, 0xf, 0]));
    }

    [Theory]
    [InlineData]
    [InlineData(0x80)]
    [InlineData(0x08)]
    [InlineData(0x0a, 0x80)]
    [InlineData(0x00, 1)]
    [InlineData(0x0b)]
    [InlineData(0x0c)]
    [InlineData(0x0e)]
    [InlineData(0x88, 0x80, 0x80, 0x80, 0x10, 1)]
    [InlineData(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2)]
    [InlineData(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0)]
    [InlineData(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)]
    public void What_is_not_a_field_is_refused(params int[] bytes) =>
        Assert.Throws<ModelFormatException>(() => ProtoField.Parse([.. bytes.Select(value => (byte)value)]));

    [Fact]
    public void Packed_numbers_are_read_and_damaged_ones_refused()
    {
        List<long> integers = [7];
        ProtoField.ReadPacked([1, 0xac, 2], integers);
        Assert.Equal([7, 1, 300], integers);
        Assert.Throws<ModelFormatException>(() => ProtoField.ReadPacked([0x80], integers));
        List<float> floats = [];
        ProtoField.ReadPacked([0, 0, 0x80, 0x3f], floats);
        Assert.Equal([1f], floats);
        Assert.Throws<ModelFormatException>(() => ProtoField.ReadPacked([0, 0, 0x80], floats));
    }
}
