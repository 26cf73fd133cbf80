using Thaw.Onnx.Format;
using Thaw.TestModels.Format;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class ProtoWriterTests
{
    /// <summary>The test models' writer, which is written differently, is the reference.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(100_000)]
    public void Fields_and_nested_messages_are_encoded_as_another_writer_does(int length)
    {
        string text = new('é', length / 2);
        byte[] bytes = [.. Enumerable.Range(0, length).Select(value => (byte)value)];
        var writer = new ProtoWriter(1);
        writer.Integer(1, -1);
        int outer = writer.Begin();
        writer.Text(2, text);
        int inner = writer.Begin();
        writer.Bytes(3, bytes);
        writer.Single(4, 0.5f);
        writer.End(300, inner);
        writer.Integers(5, [1, 300]);
        writer.End(6, outer);
        writer.Texts(7, ["a", ""]);

        var innerMessage = new MessageWriter();
        innerMessage.Bytes(3, bytes);
        innerMessage.Single(4, 0.5f);
        var outerMessage = new MessageWriter();
        outerMessage.String(2, text);
        outerMessage.Message(300, innerMessage);
        outerMessage.RepeatedInt64(5, [1, 300]);
        var expected = new MessageWriter();
        expected.Int64(1, -1);
        expected.Message(6, outerMessage);
        expected.String(7, "a");
        expected.String(7, "");
        Assert.Equal(expected.Written.ToArray(), writer.Written.ToArray());
    }

    [Fact]
    public void An_empty_message_has_its_tag_and_length()
    {
        var writer = new ProtoWriter();
        writer.End(1, writer.Begin());
        Assert.Equal([0x0a, 0], writer.Written.ToArray());
    }
}
