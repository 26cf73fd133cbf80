using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Weights that subgraphs and functions of the model read.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class SubgraphWeightTests(OnnxRuntimeFixture runtime) : InPlaceComparison(runtime)
{
    [Fact]
    public void Weights_that_subgraphs_read_or_hide_give_the_same_answers()
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

        OnnxNode[] condition =
        [
            Node("ReduceMax", ["x"], ["max"], OnnxAttribute.Of("keepdims", 0L)), Node("Cast", ["max"], ["any"], OnnxAttribute.Of("to", 9L)),
            Node("Gather", ["table", "x"], ["rows"]),
        ];
        SmallModel If(byte[] thenBranch) => SmallModels.Small with
        {
            Nodes = [.. condition, Node("If", ["any"], ["y"], Graph("then_branch", thenBranch), Graph("else_branch", Branch("e")))],
        };

        AssertInPlace(If(Branch("t")));
        // The branch's own matrix is not the outer one. ONNX Runtime decides whether that is allowed.
        OnnxTensor own = Tensor("matrix", TensorElementType.Float32, new float[16 * 24], 16, 24);
        AssertAlike(If(Branch("t", own)));
        // Weights that a branch has in another file are not read in place.
        OnnxTensor external = own with { Name = "more", RawData = null, Location = new TensorLocation("data", 0, 16 * 24 * sizeof(float)) };
        File.WriteAllBytes(Folder["model.onnx"], If(Branch("t", external)).Encode());
        Assert.Null(TryLoad(Folder["model.onnx"], new SessionSettings(), out string? reason));
        Assert.Contains("subgraph", reason);
    }

    [Fact]
    public void Weights_that_functions_read_give_the_same_answers() => AssertInPlace(SmallModels.Small with
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
}
