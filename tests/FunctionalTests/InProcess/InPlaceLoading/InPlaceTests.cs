using System.Numerics;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.FunctionalTests.Support;
using Thaw.Onnx.Format;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.TestModels.Bert;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Models whose weights are read in place, against the same models loaded plainly: the outcome and every bit of the outputs.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed partial class InPlaceTests(OnnxRuntimeFixture runtime) : IDisposable
{
    // Of the small models' weights most are as large.
    private const long Smallest = 64;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Embeddings of the ids, and a matrix behind them.</summary>
    internal static SmallModel Small { get; } = new()
    {
        Nodes =
        [
            Node("Gather", ["table", "x"], ["rows"]), Node("MatMul", ["rows", "matrix"], ["product"]), Node("Add", ["product", "bias"], ["y"]),
        ],
        Initializers = [Floats("table", 8, 16), Floats("matrix", 16, 24), Floats("bias", 24)],
    };

    /// <summary>Weights of several types, shapes and forms.</summary>
    internal static SmallModel Various { get; } = new()
    {
        Nodes =
        [
            Node("Gather", ["halves", "x"], ["h"]), Node("Cast", ["h"], ["a"], OnnxAttribute.Of("to", 1L)),
            Node("Gather", ["bytes", "x"], ["b8"]), Node("Cast", ["b8"], ["b"], OnnxAttribute.Of("to", 1L)),
            Node("Add", ["a", "b"], ["sum"]), Node("Reshape", ["sum", "shape"], ["flat"]), Node("MatMul", ["flat", "matrix"], ["m"]), Node("Mul", ["m", "scale"], ["y"]),
        ],
        Initializers =
        [
            Tensor<Half>("halves", TensorElementType.Float16, [.. Enumerable.Range(0, 64).Select(i => (Half)(i / 8.0))], 8, 8),
            Tensor<sbyte>("bytes", TensorElementType.Int8, [.. Enumerable.Range(-32, 64).Select(i => (sbyte)i)], 8, 8),
            Tensor<long>("shape", TensorElementType.Int64, [-1, 8], 2), Floats("matrix", 8, 16), Floats("scale", 16),
        ],
    };

    public static TheoryData<string> Exports => [.. Repository.Exports.Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_answer_alike(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "Exports", name, "model.onnx");
        foreach (GraphOptimization optimization in (GraphOptimization[])[GraphOptimization.None, GraphOptimization.All])
            foreach (bool prepacking in (bool[])[true, false])
                AssertInPlace(path, new SessionSettings { Optimization = optimization, Prepacking = prepacking });
    }

    [Fact]
    public void The_sample_and_every_form_of_test_model_answer_alike()
    {
        AssertInPlace(Path.Combine(Repository.Sample, "model.onnx"), new SessionSettings());
        foreach (BertOptions form in BertOptions.AllVariants)
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            AssertInPlace(_folder["model.onnx"], new SessionSettings());
        }
    }

    [Fact]
    public void Weights_of_every_type_answer_alike()
    {
        AssertType<float>(TensorElementType.Float32);
        AssertType<double>(TensorElementType.Float64);
        AssertType<Half>(TensorElementType.Float16);
        AssertType<sbyte>(TensorElementType.Int8);
        AssertType<byte>(TensorElementType.UInt8);
        AssertType<short>(TensorElementType.Int16);
        AssertType<ushort>(TensorElementType.UInt16);
        AssertType<int>(TensorElementType.Int32);
        AssertType<uint>(TensorElementType.UInt32);
        AssertType<long>(TensorElementType.Int64);
        AssertType<ulong>(TensorElementType.UInt64);
        AssertType<ushort>(TensorElementType.BFloat16);
        AssertType<byte>(TensorElementType.Bool, most: 1);

        void AssertType<T>(TensorElementType type, int most = 99) where T : unmanaged, INumber<T>
        {
            T[] values = [.. Enumerable.Range(0, 256).Select(value => T.CreateChecked(value % (most + 1)))];
            AssertInPlace(new SmallModel
            {
                Nodes = [Node("Gather", ["w", "x"], ["rows"]), Node("Cast", ["rows"], ["y"], OnnxAttribute.Of("to", 1L))],
                Initializers = [Tensor("w", type, values, 8, 32)],
            });
        }
    }

    /// <summary>The operators of <c>WeightUse.Anywhere</c>, with their weights at every place in a cache line.</summary>
    [Fact]
    public void A_model_of_forms_that_stay_as_they_are_answers_alike()
    {
        // Of these none is mapped; the table of the small model is, so that the model is loaded in place.
        OnnxTensor[] odd =
        [
            FromFields("w", tensor => { tensor.Integers(1, [16]); tensor.Integer(2, 1); tensor.Text(8, "w"); for (int i = 0; i < 16; i++) tensor.Single(4, i); }),
            FromFields("w", tensor => { tensor.Bytes(9, new byte[64]); tensor.Text(8, "w"); tensor.Integer(2, 1); tensor.Integers(1, [16]); tensor.Bytes(9, [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 50))]); }),
            FromFields("w", tensor => { tensor.Bytes(1, [16]); tensor.Integer(2, 1); tensor.Integer(2, 1); tensor.Text(8, "w"); tensor.Bytes(9, new byte[64]); }),
        ];
        foreach (OnnxTensor tensor in odd)
            AssertInPlace(Small with { Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "w"], ["y"])], Initializers = [Floats("table", 8, 16), tensor] });
    }

    [Fact]
    public void Empty_text_and_sparse_tensors_answer_alike()
    {
        OnnxTensor empty = Floats("w", 0, 16);
        OnnxTensor text = FromFields("t", tensor => { tensor.Integers(1, [8]); tensor.Integer(2, 8); tensor.Text(8, "t"); for (int i = 0; i < 8; i++) tensor.Text(6, $"{i}{new string('.', 40)}"); });
        AssertInPlace(Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Concat", ["rows2", "w"], ["joined"], OnnxAttribute.Of("axis", 0L)), Node("Gather", ["joined", "x"], ["y"])],
            Initializers = [Floats("rows2", 8, 16), empty, Floats("table", 8, 16)],
        });
        AssertInPlace(Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["y"]), Node("Gather", ["t", "x"], ["unused"])],
            Initializers = [Floats("table", 8, 16), text],
        });
        AssertInPlace(Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "s"], ["y"])],
            Initializers = [Floats("table", 8, 16)],
            InGraph = graph =>
            {
                int sparse = graph.Begin();
                Tensor<float>("s", TensorElementType.Float32, [1.5f, 2.5f], 2).Write(graph, 1, null);
                Tensor<long>("", TensorElementType.Int64, [3, 9], 2).Write(graph, 2, null);
                graph.Integers(3, [16]);
                graph.End(15, sparse);
            },
        });
    }

    [Fact]
    public void Weights_that_subgraphs_read_and_hide_answer_alike()
    {
        byte[] Branch(string output, params OnnxTensor[] own)
        {
            var graph = new ProtoWriter();
            Node("MatMul", ["rows", "matrix"], [output]).Write(graph);
            graph.Text(2, "branch");
            foreach (OnnxTensor tensor in own) tensor.Write(graph, 5, null);
            WriteValue(graph, 12, output, TensorElementType.Float32, null);
            return graph.Written.ToArray();
        }

        OnnxAttribute Graph(string name, byte[] graph)
        {
            var attribute = new ProtoWriter();
            attribute.Text(1, name);
            attribute.Bytes(6, graph);
            attribute.Integer(20, 5);
            return OnnxAttribute.Parse(attribute.Written);
        }

        OnnxNode[] condition = [Node("ReduceMax", ["x"], ["max"], OnnxAttribute.Of("keepdims", 0L)), Node("Cast", ["max"], ["any"], OnnxAttribute.Of("to", 9L)), Node("Gather", ["table", "x"], ["rows"])];
        AssertInPlace(Small with { Nodes = [.. condition, Node("If", ["any"], ["y"], Graph("then_branch", Branch("t")), Graph("else_branch", Branch("e")))] });
        // The branch's own matrix is not the one outside. Whether that is allowed is ONNX Runtime's to say.
        OnnxTensor own = Tensor("matrix", TensorElementType.Float32, new float[16 * 24], 16, 24);
        AssertAlike(Small with { Nodes = [.. condition, Node("If", ["any"], ["y"], Graph("then_branch", Branch("t", own)), Graph("else_branch", Branch("e")))] });
        // What a branch has in a file is nothing that this looks after.
        OnnxTensor external = own with { Name = "more", RawData = null, Location = new TensorLocation("data", 0, 16 * 24 * sizeof(float)) };
        File.WriteAllBytes(_folder["model.onnx"], (Small with { Nodes = [.. condition, Node("If", ["any"], ["y"], Graph("then_branch", Branch("t", external)), Graph("else_branch", Branch("e")))] }).Encode());
        Assert.Null(TryLoad(_folder["model.onnx"], new SessionSettings(), out string? reason));
        Assert.Contains("subgraph", reason);
    }

    [Fact]
    public void Weights_that_functions_read_answer_alike() => AssertInPlace(Small with
    {
        Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Project", ["rows", "matrix"], ["y"]) with { Domain = "test" }],
        InModel = model =>
        {
            int function = model.Begin();
            model.Text(1, "Project");
            model.Texts(4, ["a", "b"]);
            model.Text(5, "c");
            Write(Node("MatMul", ["a", "b"], ["c"]));
            int opset = model.Begin();
            model.Text(1, "");
            model.Integer(2, 17);
            model.End(9, opset);
            model.Text(10, "test");
            model.End(25, function);

            // A function has its nodes in field 7.
            void Write(OnnxNode node)
            {
                var graph = new ProtoWriter();
                node.Write(graph);
                var reader = new FieldReader(graph.Written);
                reader.Next();
                model.Bytes(7, reader.Content.Span);
            }
        },
    });

    [Fact]
    public void Weights_that_are_inputs_or_outputs_too_answer_alike()
    {
        AssertInPlace(Small with { Output = "table", Nodes = [Node("Gather", ["table", "x"], ["y"])] });
        AssertInPlace(Small with { IrVersion = 3, InGraph = graph => WriteValue(graph, 11, "matrix", TensorElementType.Float32, ["16", "24"]) });
        AssertInPlace(Small with { InGraph = graph => WriteValue(graph, 11, "matrix", TensorElementType.Float32, ["16", "24"]) });
    }

    [Fact]
    public void Fields_in_another_order_answer_alike() => AssertInPlace(Small with
    {
        Initializers = [Floats("table", 8, 16), Floats("matrix", 16, 24)],
        InGraph = graph =>
        {
            Node("Identity", ["rows"], ["rows2"]).Write(graph);
            Floats("bias", 24).Write(graph, 5, null);
            WriteValue(graph, 12, "rows2", TensorElementType.Float32, null);
            Node("Identity", ["y"], ["y2"]).Write(graph);
        },
    });

    [Fact]
    public void What_cannot_be_read_in_place_says_why()
    {
        byte[] whole = Small.Encode();
        AssertReason("two initializers named table", (Small with { Initializers = [.. Small.Initializers, Floats("table", 8, 16)] }).Encode());
        AssertReason("it has 2 graphs", [.. whole, .. whole]);
        AssertReason("it has 0 graphs", [8, 8]);
        AssertReason("the file is empty", []);
        AssertReason("wire type", [.. whole, 0x0b, 0x0c]);
        AssertReason("ends within a field", whole[..^1]);
        AssertReason("ends within a field", whole[..(whole.Length / 2)]);
        AssertReason("ONNX Runtime cannot load it in place", (Small with { Output = "nothing" }).Encode());
        string unfolded = Path.Combine(Repository.Exports.Single(path => path.Contains("unfolded", StringComparison.Ordinal)), "model.onnx");
        Assert.Null(InPlaceModel.TryOpen(unfolded, new InPlaceRules { SmallestMapped = Smallest, Fuse = false }, out string? computed));
        Assert.Contains("computed", computed);
        OnnxTensor many = FromFields("bias", tensor => { tensor.Integers(1, [2 << 20]); tensor.Integer(2, 1); tensor.Text(8, "bias"); tensor.Bytes(4, new byte[8 << 20]); });
        AssertReason("raw_data", (Small with { Initializers = [Floats("table", 8, 16), Floats("matrix", 16, 24), many] }).Encode());

        void AssertReason(string expected, byte[] model)
        {
            File.WriteAllBytes(_folder["model.onnx"], model);
            Assert.Null(TryLoad(_folder["model.onnx"], new SessionSettings(), out string? reason));
            Assert.Contains(expected, reason);
        }
    }

    [Fact]
    public void A_model_behind_links_answers_alike()
    {
        // As the cache of huggingface_hub keeps it; the unfolded export has ONNX Runtime read weights while it loads.
        Directory.CreateDirectory(_folder["blobs"]);
        Directory.CreateDirectory(_folder["snapshot"]);
        string export = Repository.Exports.Single(path => path.Contains("unfolded", StringComparison.Ordinal));
        File.Copy(Path.Combine(export, "model.onnx"), _folder["blobs/0123abcd"]);
        File.CreateSymbolicLink(_folder["snapshot/model.onnx"], "../blobs/0123abcd");
        AssertInPlace(_folder["snapshot/model.onnx"], new SessionSettings());
    }

    [Fact]
    public void A_new_file_in_the_models_place_changes_nothing_for_the_session()
    {
        string path = _folder["model.onnx"];
        File.WriteAllBytes(path, Small.Encode());
        using OrtSession? session = TryLoad(path, new SessionSettings { Prepacking = false }, out _);
        Assert.NotNull(session);
        Outcome before = Outcome.Of(session);
        File.WriteAllBytes(_folder["new"], new byte[Small.Encode().Length]);
        File.Move(_folder["new"], path, overwrite: true);
        Assert.Equal(before, Outcome.Of(session));
        File.Delete(path);
        Assert.Equal(before, Outcome.Of(session));
    }

    [Fact]
    public void A_file_over_2_GB_is_loaded_in_place_which_ONNX_Runtime_cannot_do()
    {
        // Zeros that take no room on the disk, but for one row at the very end of the table.
        const long Rows = (2L << 30) / 64 + 8;
        string path = _folder["model.onnx"];
        WriteLarge(path, Rows);
        using OrtSession? session = TryLoad(path, new SessionSettings { Prepacking = false }, out string? reason);
        Assert.True(session is not null, reason);
        Assert.Contains("0000803F", Outcome.Of(session).Text);
        Assert.Throws<OnnxRuntimeException>(() => OrtSession.Load(runtime.Environment, path, new SessionSettings()));
    }

    /// <summary>A table of zeros that take no room on the disk, but for a one at the very end. It ends the graph, and the graph the file.</summary>
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

    private static OnnxTensor FromFields(string name, Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        write(message);
        OnnxTensor tensor = OnnxTensor.Parse(message.Written);
        Assert.Equal(name, tensor.Name);
        return tensor;
    }

    private void AssertInPlace(SmallModel model, SessionSettings? settings = null)
    {
        File.WriteAllBytes(_folder["model.onnx"], model.Encode());
        AssertInPlace(_folder["model.onnx"], settings ?? new SessionSettings());
    }

    private void AssertInPlace(string path, SessionSettings settings)
    {
        using OrtSession? session = TryLoad(path, settings, out string? reason);
        Assert.True(session is not null, reason);
        Outcome plain = Outcome.Of(() => OrtSession.Load(runtime.Environment, path, settings));
        Assert.NotEqual(Outcome.Refused, plain);
        Assert.Equal(plain, Outcome.Of(session));
    }

    private void AssertAlike(SmallModel model)
    {
        File.WriteAllBytes(_folder["model.onnx"], model.Encode());
        using OrtSession? session = TryLoad(_folder["model.onnx"], new SessionSettings(), out _);
        Outcome plain = Outcome.Of(() => OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings()));
        Assert.Equal(plain, session is null ? plain : Outcome.Of(session));
    }

    private OrtSession? TryLoad(string path, SessionSettings settings, out string? reason, long smallest = Smallest) =>
        InPlace.TryLoad(runtime.Environment, path, settings, smallest, out reason);
}
