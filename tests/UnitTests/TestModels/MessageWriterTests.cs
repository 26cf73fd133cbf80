using Thaw.TestModels.Format;

namespace Thaw.UnitTests.TestModels;

public sealed class MessageWriterTests
{
    [Theory]
    [InlineData(0, "0800")]
    [InlineData(1, "0801")]
    [InlineData(127, "087F")]
    [InlineData(128, "088001")]
    [InlineData(150, "089601")]
    [InlineData(-1, "08FFFFFFFFFFFFFFFFFF01")]
    public void An_integer_is_a_tag_and_a_varint(long value, string expected) =>
        Assert.Equal(expected, Hex(writer => writer.Int64(1, value)));

    [Fact]
    public void A_field_above_15_takes_two_bytes_of_tag() => Assert.Equal("A00102", Hex(writer => writer.Int64(20, 2)));

    [Fact]
    public void A_float_is_four_bytes_little_endian() => Assert.Equal("150000803F", Hex(writer => writer.Single(2, 1f)));

    [Fact]
    public void A_string_is_its_length_and_its_utf8_bytes() => Assert.Equal("1203C3A97A", Hex(writer => writer.String(2, "éz")));

    [Fact]
    public void A_message_is_its_length_and_its_fields()
    {
        var inner = new MessageWriter();
        inner.Int64(1, 150);
        Assert.Equal("1A03089601", Hex(writer => writer.Message(3, inner)));
    }

    [Fact]
    public void Repeated_integers_are_tagged_one_by_one_unless_packed()
    {
        Assert.Equal("0803088E02089EA705", Hex(writer => writer.RepeatedInt64(1, [3, 270, 86942])));
        Assert.Equal("0A06038E029EA705", Hex(writer => writer.RepeatedInt64(1, [3, 270, 86942]), packed: true));
    }

    [Fact]
    public void An_empty_list_of_integers_writes_no_field()
    {
        Assert.Equal("", Hex(writer => writer.RepeatedInt64(1, [])));
        Assert.Equal("", Hex(writer => writer.RepeatedInt64(1, []), packed: true));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(15, 127)]
    [InlineData(16, 128)]
    [InlineData(5, 70_000)]
    public void The_size_of_a_field_is_known_before_it_is_written(int field, int length)
    {
        var writer = new MessageWriter();
        writer.Bytes(field, new byte[length]);
        Assert.Equal(writer.Length, MessageWriter.LengthDelimitedSize(field, length));
    }

    [Fact]
    public void A_prefix_can_announce_more_than_two_gigabytes() =>
        Assert.Equal("3A8080808010", Hex(writer => writer.LengthPrefix(7, 1L << 32)));

    private static string Hex(Action<MessageWriter> write, bool packed = false)
    {
        var writer = new MessageWriter(packed);
        write(writer);
        return Convert.ToHexString(writer.Written);
    }
}
