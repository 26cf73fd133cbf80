using System.Text;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;
using Thaw.TestModels;
using Thaw.UnitTests.TestModels;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class OnnxModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["model.onnx"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unchanged_model_is_written_byte_for_byte()
    {
        foreach (string file in RealModels())
        {
            using OnnxModelFile untouched = OnnxModelFile.Open(file, long.MaxValue);
            Assert.Equal(File.ReadAllBytes(file), untouched.Write(null));
            using OnnxModelFile looked = OnnxModelFile.Open(file, long.MaxValue);
            Assert.NotEmpty(looked.Graph.Nodes);
            Assert.NotEmpty(looked.Graph.Inputs);
            Assert.NotEmpty(looked.Graph.Outputs);
            Assert.NotEmpty(looked.Opsets);
            Assert.NotNull(looked.Graph.ValueInfos);
            Assert.Equal(File.ReadAllBytes(file), looked.Write(null));
        }
    }

    [Fact]
    public void The_skeleton_names_the_place_of_every_large_initializer_and_keeps_the_small_ones()
    {
        foreach (string file in RealModels())
        {
            byte[] bytes = File.ReadAllBytes(file);
            ModelReader original = ModelReader.Read(bytes);
            using OnnxModelFile model = OnnxModelFile.Open(file, 256);
            ModelReader skeleton = ModelReader.Read(model.Write("the file").ToArray());
            Assert.Equal(original.Nodes.Select(node => node.Name), skeleton.Nodes.Select(node => node.Name));
            Assert.Equal(original.Tensors.Keys, skeleton.Tensors.Keys);
            long mapped = 0;
            foreach ((string name, ModelReader.Tensor tensor) in original.Tensors)
            {
                ModelReader.Tensor written = skeleton.Tensors[name];
                Assert.Equal((tensor.Type, string.Join(',', tensor.Dims)), (written.Type, string.Join(',', written.Dims)));
                if (tensor.Raw.Length < 256)
                {
                    Assert.Equal(tensor.Raw, written.Raw);
                    Assert.Equal(tensor.External, written.External);
                    continue;
                }

                Assert.Equal("the file", written.External["location"]);
                int offset = int.Parse(written.External["offset"], null);
                Assert.Equal($"{tensor.Raw.Length}", written.External["length"]);
                Assert.True(tensor.Raw.Span.SequenceEqual(bytes.AsSpan(offset, tensor.Raw.Length)));
                mapped += tensor.Raw.Length;
            }

            Assert.Equal((mapped, bytes.Length - mapped), (model.MappedBytes, model.SkeletonBytes));
        }
    }

    /// <summary>One initializer of 64 bytes in a form that cannot become external data, or that no program writes.</summary>
    public static TheoryData<string> OddForms => [.. Odd.Keys];

    private static readonly Dictionary<string, Action<ProtoWriter>> Odd = new()
    {
        ["floats"] = tensor => { Head(tensor); for (int i = 0; i < 16; i++) tensor.Single(4, i); },
        ["packed floats"] = tensor => { Head(tensor); tensor.Bytes(4, new byte[64]); },
        ["external with raw_data"] = tensor => { Head(tensor); tensor.Bytes(9, new byte[64]); tensor.Integer(14, 1); },
        ["text"] = tensor => { Head(tensor, type: 8); tensor.Bytes(9, new byte[64]); },
        ["of no type"] = tensor => { tensor.Integers(1, [16]); tensor.Text(8, "w"); tensor.Bytes(9, new byte[64]); },
        ["of an unknown type"] = tensor => { Head(tensor, type: 99); tensor.Bytes(9, new byte[64]); },
        ["of a half-byte type"] = tensor => { Head(tensor, type: 21, dims: 128); tensor.Bytes(9, new byte[64]); },
        ["complex"] = tensor => { Head(tensor, type: 14, dims: 8); tensor.Bytes(9, new byte[64]); },
        ["too short"] = tensor => { Head(tensor, dims: 17); tensor.Bytes(9, new byte[64]); },
        ["too long"] = tensor => { Head(tensor, dims: 15); tensor.Bytes(9, new byte[64]); },
        ["of a negative size"] = tensor => { Head(tensor, dims: -16); tensor.Bytes(9, new byte[64]); },
        ["of a size that overflows"] = tensor =>
        {
            tensor.Integers(1, [1L << 62, 1L << 62, 16, 0]);
            Head(tensor, dims: 1L << 62);
            tensor.Bytes(9, new byte[64]);
        },
        ["raw_data twice"] = tensor => { Head(tensor); tensor.Bytes(9, new byte[64]); tensor.Bytes(9, new byte[64]); },
        ["type twice"] = tensor => { Head(tensor); tensor.Integer(2, 1); tensor.Bytes(9, new byte[64]); },
        ["name twice"] = tensor => { Head(tensor); tensor.Text(8, "w"); tensor.Bytes(9, new byte[64]); },
        ["a segment"] = tensor => { Head(tensor); tensor.Bytes(3, []); tensor.Bytes(9, new byte[64]); },
        ["an unknown field"] = tensor => { Head(tensor); tensor.Bytes(9, new byte[64]); tensor.Integer(100, 1); },
        ["without a name"] = tensor => { tensor.Integers(1, [16]); tensor.Integer(2, 1); tensor.Bytes(9, new byte[64]); },
        ["with a NUL in its name"] = tensor => { tensor.Integers(1, [16]); tensor.Integer(2, 1); tensor.Text(8, "w\0w"); tensor.Bytes(9, new byte[64]); },
    };

    [Theory]
    [MemberData(nameof(OddForms))]
    public void An_initializer_in_an_unusual_form_does_not_change(string form)
    {
        WriteModel(Odd[form]);
        using OnnxModelFile model = OnnxModelFile.Open(Path, 16);
        Assert.Equal(0, model.MappedBytes);
        Assert.Equal(File.ReadAllBytes(Path), model.Write("f").ToArray());
    }

    [Fact]
    public void An_initializer_is_mapped_with_its_fields_in_any_order_and_keeps_its_comment()
    {
        WriteModel(tensor =>
        {
            tensor.Bytes(9, new byte[64]);
            tensor.Text(12, "a comment");
            tensor.Text(8, "w");
            tensor.Bytes(1, [2, 8]);
            tensor.Integer(2, 1);
        });
        using OnnxModelFile model = OnnxModelFile.Open(Path, 64);
        OnnxTensor tensor = Assert.Single(model.Graph.Initializers);
        Assert.Equal(64, tensor.Location!.Length);
        Assert.Equal([2, 8], tensor.Dims);
        Assert.Contains("a comment", Encoding.UTF8.GetString(model.Write("f").Span));
        using OnnxModelFile larger = OnnxModelFile.Open(Path, 65);
        Assert.Equal(0, larger.MappedBytes);
    }

    [Fact]
    public void An_edited_model_has_the_edit_and_everything_else()
    {
        string file = System.IO.Path.Combine(Repository.Exports[0], "model.onnx");
        ModelReader original = ModelReader.Read(File.ReadAllBytes(file));
        using OnnxModelFile model = OnnxModelFile.Open(file, 1024);
        OnnxGraph graph = model.Graph;
        OnnxNode last = graph.Nodes[^1];
        string output = last.Outputs[0];
        graph.Nodes[^1] = last with { Outputs = ["before"] };
        graph.Nodes.Add(new OnnxNode { OpType = "Identity", Name = "added", Inputs = ["before"], Outputs = [output], Domain = "com.example" });
        graph.Initializers.Add(new OnnxTensor { Name = "new", ElementType = TensorElementType.Int64, Dims = [1], RawData = new byte[8] });
        int first = graph.Initializers.FindIndex(tensor => tensor.Location is not null);
        OnnxTensor weight = graph.Initializers[first];
        graph.Initializers[first] = weight with { Name = "renamed" };
        model.Opsets.Add(OpsetImport.Of("com.example", 1));

        ModelReader edited = ModelReader.Read(model.Write("f").ToArray());
        Assert.Equal(original.Nodes.Count + 1, edited.Nodes.Count);
        Assert.Equal(original.Nodes[^1].Inputs, edited.Nodes[^2].Inputs);
        Assert.Equal(["before"], edited.Nodes[^2].Outputs);
        Assert.Equal(("Identity", "com.example"), (edited.Nodes[^1].Op, edited.Nodes[^1].Domain));
        Assert.Equal(8, edited.Tensors["new"].Raw.Length);
        Assert.Equal($"{weight.Location!.Offset}", edited.Tensors["renamed"].External["offset"]);
        Assert.DoesNotContain(weight.Name, edited.Tensors.Keys);
        Assert.Contains("com.example", Encoding.UTF8.GetString(model.Write("f").Span[^24..]));
    }

    [Fact]
    public void A_weight_in_the_file_is_read_and_not_written_without_the_files_name()
    {
        WriteModel(tensor => { Head(tensor); tensor.Bytes(9, [.. Enumerable.Range(0, 64).Select(value => (byte)value)]); });
        using OnnxModelFile model = OnnxModelFile.Open(Path, 64);
        Assert.True(model.TryRead(model.Graph.Initializers[0], out ReadOnlySpan<byte> elements));
        Assert.Equal(Enumerable.Range(0, 64).Select(value => (byte)value), elements.ToArray());
        Assert.Throws<InvalidOperationException>(() => model.Write(null));
    }

    [Fact]
    public void External_data_is_mapped_or_copied_in_depending_on_its_size()
    {
        File.WriteAllBytes(_folder["d"], [.. Enumerable.Range(0, 72).Select(value => (byte)value)]);
        WriteModel(tensor =>
        {
            Head(tensor);
            tensor.Bytes(13, [10, 8, .. "location"u8, 18, 1, (byte)'d']);
            tensor.Bytes(13, [10, 6, .. "offset"u8, 18, 1, (byte)'8']);
            tensor.Integer(14, 1);
        });
        using OnnxModelFile mapped = OnnxModelFile.Open(Path, 64);
        Assert.Equal((64, new FileInfo(Path).Length), (mapped.MappedBytes, mapped.SkeletonBytes));
        Assert.Equal(new TensorLocation("d", 8, 64), mapped.Graph.Initializers[0].Location);
        using OnnxModelFile takenIn = OnnxModelFile.Open(Path, 65);
        Assert.Equal(0, takenIn.MappedBytes);
        foreach (OnnxModelFile model in (OnnxModelFile[])[mapped, takenIn])
        {
            Assert.True(model.TryRead(model.Graph.Initializers[0], out ReadOnlySpan<byte> elements));
            Assert.Equal(Enumerable.Range(8, 64).Select(value => (byte)value), elements.ToArray());
        }

        File.WriteAllBytes(_folder["d"], new byte[71]);
        Assert.Throws<ModelFormatException>(() => OnnxModelFile.Open(Path, 64));
        File.Delete(_folder["d"]);
        Assert.Throws<UnusableFileException>(() => OnnxModelFile.Open(Path, 64));
    }

    [Fact]
    public void A_damaged_model_is_refused_or_read_as_something_that_can_be_written()
    {
        byte[] original = File.ReadAllBytes(System.IO.Path.Combine(Repository.Exports[0], "model.onnx"));
        // The weights are most of it, and changes there prove nothing.
        WriteModel(tensor => { Head(tensor); tensor.Bytes(9, new byte[64]); });
        byte[] small = File.ReadAllBytes(Path);
        (int read, int refused) = (0, 0);
        var mutator = new Mutator(1, "\u0008\u0001", "*\u0002", "B\u0004");
        for (int round = 0; round < 3000; round++)
        {
            byte[] damaged = mutator.Mutate(round % 20 == 0 ? original : small);
            File.WriteAllBytes(Path, damaged);
            try
            {
                using OnnxModelFile model = OnnxModelFile.Open(Path, 32);
                _ = (model.Graph.Nodes, model.Graph.Inputs, model.Graph.Outputs, model.Graph.ValueInfos, model.Opsets);
                byte[] written = model.Write("f").ToArray();
                File.WriteAllBytes(_folder["written"], written);
                File.WriteAllBytes(_folder["f"], damaged);
                using OnnxModelFile again = OnnxModelFile.Open(_folder["written"], long.MaxValue);
                Assert.Equal(model.Graph.Nodes.Count, again.Graph.Nodes.Count);
                Assert.Equal(model.Graph.Initializers.Select(tensor => tensor.Name), again.Graph.Initializers.Select(tensor => tensor.Name));
                read++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(read, 100, 2900);
        Assert.InRange(refused, 100, 2900);
    }

    private static IEnumerable<string> RealModels() =>
        Repository.Exports.Append(Repository.Sample).Select(directory => System.IO.Path.Combine(directory, "model.onnx"));

    private static void Head(ProtoWriter tensor, long type = 1, long dims = 16)
    {
        tensor.Integers(1, [dims]);
        tensor.Integer(2, type);
        tensor.Text(8, "w");
    }

    private void WriteModel(Action<ProtoWriter> initializer)
    {
        var writer = new ProtoWriter();
        writer.Integer(1, 8);
        int graph = writer.Begin();
        new OnnxNode { OpType = "Identity", Name = "n", Inputs = ["w"], Outputs = ["y"] }.Write(writer);
        writer.Text(2, "g");
        int tensor = writer.Begin();
        initializer(writer);
        writer.End(5, tensor);
        writer.End(7, graph);
        OpsetImport.Of("", 17).Write(writer);
        File.WriteAllBytes(Path, writer.Written.Span);
    }
}
