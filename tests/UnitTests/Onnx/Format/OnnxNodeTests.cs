using Thaw.Onnx.Format;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class OnnxNodeTests
{
    [Fact]
    public void A_node_is_written_as_it_was_read()
    {
        // Fields in an order that this writer would not choose, and a name twice.
        byte[] encoded = Encode(node =>
        {
            node.Text(4, "Op");
            node.Text(1, "a");
            node.Text(3, "x");
            node.Text(3, "n");
            node.Integer(9, 1);
            node.Text(2, "y");
        });
        OnnxNode node = OnnxNode.Parse(encoded);
        Assert.Equal(("Op", "n", ""), (node.OpType, node.Name, node.Domain));
        Assert.Equal(encoded, Write(node));
    }

    [Fact]
    public void An_edited_node_keeps_what_this_type_does_not_know()
    {
        byte[] unknown = Encode(node => { node.Text(6, "a comment"); node.Integer(99, 5); node.Single(98, 1); });
        OnnxNode node = OnnxNode.Parse((byte[])[.. Encode(message => { message.Text(1, "a"); message.Text(4, "Op"); message.Text(7, "d"); }), .. unknown]);
        OnnxNode edited = OnnxNode.Parse(Write(node with { Inputs = ["b", ""], Name = "n" }));
        Assert.Equal(("Op", "n", "d"), (edited.OpType, edited.Name, edited.Domain));
        Assert.Equal(["b", ""], edited.Inputs);
        Assert.Equal(unknown, edited.Rest.ToArray());
    }

    [Fact]
    public void Attributes_of_every_kind_are_read_back()
    {
        OnnxTensor tensor = new() { ElementType = TensorElementType.Float32, Dims = [1], RawData = new byte[] { 0, 0, 0x80, 0x3f } };
        var node = new OnnxNode
        {
            OpType = "Op",
            Attributes =
            [
                OnnxAttribute.Of("float", 0.5f), OnnxAttribute.Of("integer", -7L), OnnxAttribute.Of("text", "é"),
                OnnxAttribute.Of("integers", [1L, -2L]), OnnxAttribute.Of("tensor", tensor),
            ],
        };
        OnnxNode read = OnnxNode.Parse(Write(node));
        Assert.Equal((0.5f, AttributeType.Float), (read.Attribute("float")!.Float, read.Attribute("float")!.Type));
        Assert.Equal((-7, AttributeType.Integer), (read.Attribute("integer")!.Integer, read.Attribute("integer")!.Type));
        Assert.Equal(("é", AttributeType.Text), (read.Attribute("text")!.Text, read.Attribute("text")!.Type));
        Assert.Equal([1, -2], read.Attribute("integers")!.Integers);
        Assert.Equal(tensor.RawData!.Value, read.Attribute("tensor")!.Tensor!.RawData!.Value.ToArray());
        Assert.Null(read.Attribute("missing"));
    }

    [Fact]
    public void Packed_and_repeated_numbers_and_subgraphs_of_an_attribute_are_read()
    {
        OnnxAttribute packed = OnnxAttribute.Parse(Encode(attribute =>
        {
            attribute.Bytes(7, [0, 0, 0x80, 0x3f]);
            attribute.Bytes(8, [1, 2]);
            attribute.Bytes(6, [1]);
        }));
        Assert.Equal([1f], packed.Floats);
        Assert.Equal([1, 2], packed.Integers);
        Assert.Equal([1], Assert.Single(packed.Graphs).ToArray());
        OnnxAttribute repeated = OnnxAttribute.Parse(Encode(attribute =>
        {
            attribute.Single(7, 1);
            attribute.Single(7, 2);
            attribute.Integers(8, [3, 4]);
            attribute.Bytes(11, [1]);
            attribute.Bytes(11, [2]);
        }));
        Assert.Equal([1f, 2f], repeated.Floats);
        Assert.Equal([3, 4], repeated.Integers);
        Assert.Equal(2, repeated.Graphs.Count);
    }

    [Fact]
    public void A_name_that_is_not_UTF8_is_refused() =>
        Assert.Throws<ModelFormatException>(() => OnnxNode.Parse(Encode(node => node.Bytes(3, [0xff]))));

    private static byte[] Encode(Action<ProtoWriter> write)
    {
        var writer = new ProtoWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    /// <summary>The node's message, without the tag and length of the graph's field.</summary>
    private static byte[] Write(OnnxNode node)
    {
        var writer = new ProtoWriter();
        node.Write(writer);
        var reader = new FieldReader(writer.Written);
        Assert.True(reader.Next());
        byte[] message = reader.Content.ToArray();
        Assert.False(reader.Next());
        return message;
    }
}
