using System.Numerics;
using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.TestModels.Bert;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Models whose weights are read in place, in every form that weights come in.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class InPlaceTests(OnnxRuntimeFixture runtime) : InPlaceComparison(runtime)
{
    public static TheoryData<string> Exports => [.. Repository.Exports.Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Exports))]
    public void PyTorchs_exports_give_the_same_answers(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "Exports", name, "model.onnx");
        foreach (GraphOptimization optimization in (GraphOptimization[])[GraphOptimization.None, GraphOptimization.All])
            foreach (bool prepacking in (bool[])[true, false])
                AssertInPlace(path, new SessionSettings { Optimization = optimization, Prepacking = prepacking });
    }

    [Fact]
    public void The_sample_and_every_form_of_test_model_give_the_same_answers()
    {
        AssertInPlace(Path.Combine(Repository.Sample, "model.onnx"), new SessionSettings());
        foreach (BertOptions form in BertOptions.AllVariants)
        {
            BertModelFile.Write(Folder["model.onnx"], form);
            AssertInPlace(Folder["model.onnx"], new SessionSettings());
        }
    }

    [Fact]
    public void Weights_of_every_type_give_the_same_answers()
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

    [Fact]
    public void A_model_with_weights_in_unusual_forms_gives_the_same_answers()
    {
        byte[] bytes = [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 50))];
        // None of these is mapped; the table beside them is, so that the model is loaded in place.
        OnnxTensor[] odd =
        [
            // Numbers in a field for their type.
            FromFields("w", tensor =>
            {
                tensor.Integers(Fields.Tensor.Dims, [16]);
                tensor.Integer(Fields.Tensor.DataType, (long)TensorElementType.Float32);
                tensor.Text(Fields.Tensor.Name, "w");
                for (int i = 0; i < 16; i++) tensor.Single(Fields.Tensor.FloatData, i);
            }),
            // Bytes that are there twice: the last ones count.
            FromFields("w", tensor =>
            {
                tensor.Bytes(Fields.Tensor.RawData, new byte[64]);
                tensor.Text(Fields.Tensor.Name, "w");
                tensor.Integer(Fields.Tensor.DataType, (long)TensorElementType.Float32);
                tensor.Integers(Fields.Tensor.Dims, [16]);
                tensor.Bytes(Fields.Tensor.RawData, bytes);
            }),
            // Packed dimensions, and a type that is there twice.
            FromFields("w", tensor =>
            {
                tensor.Bytes(Fields.Tensor.Dims, [16]);
                tensor.Integer(Fields.Tensor.DataType, (long)TensorElementType.Float32);
                tensor.Integer(Fields.Tensor.DataType, (long)TensorElementType.Float32);
                tensor.Text(Fields.Tensor.Name, "w");
                tensor.Bytes(Fields.Tensor.RawData, new byte[64]);
            }),
        ];
        foreach (OnnxTensor tensor in odd)
        {
            AssertInPlace(new SmallModel
            {
                Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "w"], ["y"])],
                Initializers = [Floats("table", 8, 16), tensor],
            });
        }
    }

    [Fact]
    public void Empty_text_and_sparse_tensors_give_the_same_answers()
    {
        OnnxTensor empty = Floats("w", 0, 16);
        OnnxTensor text = FromFields("t", tensor =>
        {
            const int Text = 8, StringData = 6;
            tensor.Integers(Fields.Tensor.Dims, [8]);
            tensor.Integer(Fields.Tensor.DataType, Text);
            tensor.Text(Fields.Tensor.Name, "t");
            for (int i = 0; i < 8; i++) tensor.Text(StringData, $"{i}{new string('.', 40)}");
        });
        AssertInPlace(SmallModels.Small with
        {
            Nodes =
            [
                Node("Gather", ["table", "x"], ["rows"]), Node("Concat", ["rows2", "w"], ["joined"], OnnxAttribute.Of("axis", 0L)),
                Node("Gather", ["joined", "x"], ["y"]),
            ],
            Initializers = [Floats("rows2", 8, 16), empty, Floats("table", 8, 16)],
        });
        AssertInPlace(SmallModels.Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["y"]), Node("Gather", ["t", "x"], ["unused"])],
            Initializers = [Floats("table", 8, 16), text],
        });
        AssertInPlace(SmallModels.Small with
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
    public void Weights_that_are_also_inputs_or_outputs_give_the_same_answers()
    {
        AssertInPlace(SmallModels.Small with { Output = "table", Nodes = [Node("Gather", ["table", "x"], ["y"])] });
        AssertInPlace(SmallModels.Small with { IrVersion = 3, InGraph = graph => WriteValue(graph, 11, "matrix", TensorElementType.Float32, ["16", "24"]) });
        AssertInPlace(SmallModels.Small with { InGraph = graph => WriteValue(graph, 11, "matrix", TensorElementType.Float32, ["16", "24"]) });
    }

    [Fact]
    public void Fields_in_another_order_give_the_same_answers() => AssertInPlace(SmallModels.Small with
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
        byte[] whole = SmallModels.Small.Encode();
        SmallModel twice = SmallModels.Small with { Initializers = [.. SmallModels.Small.Initializers, Floats("table", 8, 16)] };
        AssertReason("two initializers named table", twice.Encode());
        AssertReason("it has 2 graphs", [.. whole, .. whole]);
        AssertReason("it has 0 graphs", [8, 8]);
        AssertReason("the file is empty", []);
        AssertReason("wire type", [.. whole, 0x0b, 0x0c]);
        AssertReason("ends within a field", whole[..^1]);
        AssertReason("ends within a field", whole[..(whole.Length / 2)]);
        AssertReason("ONNX Runtime cannot load it in place", (SmallModels.Small with { Output = "nothing" }).Encode());
        string unfolded = Path.Combine(Repository.Exports.Single(path => path.Contains("unfolded", StringComparison.Ordinal)), "model.onnx");
        Assert.Null(InPlaceModel.TryOpen(unfolded, new InPlaceRules { SmallestMapped = Smallest, Fuse = false }, out string? computed));
        Assert.Contains("computed", computed);
        OnnxTensor many = FromFields("bias", tensor =>
        {
            tensor.Integers(Fields.Tensor.Dims, [2 << 20]);
            tensor.Integer(Fields.Tensor.DataType, (long)TensorElementType.Float32);
            tensor.Text(Fields.Tensor.Name, "bias");
            tensor.Bytes(Fields.Tensor.FloatData, new byte[8 << 20]);
        });
        AssertReason("raw_data", (SmallModels.Small with { Initializers = [Floats("table", 8, 16), Floats("matrix", 16, 24), many] }).Encode());

        void AssertReason(string expected, byte[] model)
        {
            File.WriteAllBytes(Folder["model.onnx"], model);
            Assert.Null(TryLoad(Folder["model.onnx"], new SessionSettings(), out string? reason));
            Assert.Contains(expected, reason);
        }
    }

    [Fact]
    public void A_model_behind_links_gives_the_same_answers()
    {
        // As in the cache of huggingface_hub. The unfolded export makes ONNX Runtime read weights during the load.
        Directory.CreateDirectory(Folder["blobs"]);
        Directory.CreateDirectory(Folder["snapshot"]);
        string export = Repository.Exports.Single(path => path.Contains("unfolded", StringComparison.Ordinal));
        File.Copy(Path.Combine(export, "model.onnx"), Folder["blobs/0123abcd"]);
        File.CreateSymbolicLink(Folder["snapshot/model.onnx"], "../blobs/0123abcd");
        AssertInPlace(Folder["snapshot/model.onnx"], new SessionSettings());
    }

    [Fact]
    public void A_new_file_in_the_models_place_changes_nothing_for_the_session()
    {
        string path = Folder["model.onnx"];
        File.WriteAllBytes(path, SmallModels.Small.Encode());
        using OrtSession? session = TryLoad(path, new SessionSettings { Prepacking = false }, out _);
        Assert.NotNull(session);
        Outcome before = Outcome.Of(session);
        File.WriteAllBytes(Folder["new"], new byte[SmallModels.Small.Encode().Length]);
        File.Move(Folder["new"], path, overwrite: true);
        Assert.Equal(before, Outcome.Of(session));
        File.Delete(path);
        Assert.Equal(before, Outcome.Of(session));
    }
}
