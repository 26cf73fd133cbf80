using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using static Thaw.FunctionalTests.InProcess.Models.SmallModel;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Weights in files beside the model.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class ExternalWeightTests(OnnxRuntimeFixture runtime) : InPlaceComparison(runtime)
{
    [Fact]
    public void Weights_in_the_model_file_and_in_several_others_give_the_same_answers()
    {
        for (int i = 0; i < 2; i++) File.WriteAllBytes(Folder[$"data{i}"], [.. Enumerable.Range(0, 256).Select(value => (byte)(value % (50 + i)))]);
        OnnxTensor External(string name, string file, long offset) =>
            new() { Name = name, ElementType = TensorElementType.Float32, Dims = [1, 16], Location = new TensorLocation(file, offset, 64) };
        SmallModel model = SmallModels.Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "a"], ["ra"]), Node("Add", ["ra", "b"], ["y"])],
            Initializers = [Floats("table", 8, 16), External("a", "data0", 64), External("b", "data1", 128)],
        };
        AssertInPlace(model);
        // A missing file is refused, as it is by ONNX Runtime alone.
        File.Delete(Folder["data1"]);
        Assert.Null(TryLoad(Folder["model.onnx"], new SessionSettings(), out string? reason));
        Assert.NotNull(reason);
    }

    [Theory]
    [InlineData("offset", "+64")]
    [InlineData("offset", " 64")]
    [InlineData("offset", "064")]
    [InlineData("offset", "-64")]
    [InlineData("offset", "0x40")]
    [InlineData("offset", "99999999999999999999")]
    [InlineData("offset", "9223372036854775807")]
    [InlineData("length", "+64")]
    [InlineData("length", "99999999999999999999")]
    [InlineData("length", "18446744073709551680")]
    public void Oddly_written_places_of_weights_give_the_same_answers(string key, string value)
    {
        File.WriteAllBytes(Folder["data"], [.. Enumerable.Range(0, 256).Select(place => (byte)(place % 50))]);
        AssertAlike(SmallModels.Small with
        {
            Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Add", ["rows", "a"], ["y"])],
            Initializers = [Floats("table", 8, 16)],
            InGraph = graph =>
            {
                int tensor = graph.Begin();
                graph.Integers(1, [1, 16]);
                graph.Integer(2, 1);
                graph.Text(8, "a");
                foreach ((string name, string text) in (ReadOnlySpan<(string, string)>)[("location", "data"), (key, value)])
                {
                    int entry = graph.Begin();
                    graph.Text(1, name);
                    graph.Text(2, text);
                    graph.End(13, entry);
                }

                graph.Integer(14, 1);
                graph.End(5, tensor);
            },
        });
    }

    [Fact]
    public void A_data_file_that_is_replaced_after_mapping_counts_as_another()
    {
        File.WriteAllBytes(Folder["model.onnx"], (SmallModels.Small with { Initializers = [External("table", 0)] }).Encode());
        File.WriteAllBytes(Folder["data"], new byte[512]);
        FileIdentity? mapped = NativeFile.Identity(Folder["data"]);
        using OnnxModelFile model = OnnxModelFile.Open(Folder["model.onnx"], Smallest);
        File.WriteAllBytes(Folder["new"], new byte[512]);
        File.Move(Folder["new"], Folder["data"], overwrite: true);
        Assert.Equal([(Folder["data"], mapped)], model.Data);
        Assert.NotEqual(mapped, NativeFile.Identity(Folder["data"]));
    }

    [Fact]
    public void Small_tensors_that_share_one_place_are_not_copied_without_limit()
    {
        File.WriteAllBytes(Folder["data"], new byte[512]);
        OnnxTensor[] tensors = [.. Enumerable.Range(0, (64 << 20) / 512 + 1).Select(number => External($"w{number}", 0))];
        File.WriteAllBytes(Folder["model.onnx"], (SmallModels.Small with { Initializers = tensors }).Encode());
        Assert.Null(TryLoad(Folder["model.onnx"], new SessionSettings(), out string? reason, smallest: 4096));
        Assert.Contains("small tensors", reason);
    }

    private static OnnxTensor External(string name, long offset) =>
        new() { Name = name, ElementType = TensorElementType.Float32, Dims = [8, 16], Location = new TensorLocation("data", offset, 512) };

    [Fact]
    public void A_link_to_a_model_uses_the_weights_that_ONNX_Runtime_uses()
    {
        OnnxTensor external = new() { Name = "a", ElementType = TensorElementType.Float32, Dims = [1, 16], Location = new TensorLocation("data", 64, 64) };
        SmallModel model = SmallModels.Small with
        {
            // Computed during the load, and read by a run.
            Nodes = [Node("Gather", ["table", "x"], ["rows"]), Node("Neg", ["a"], ["b"]), Node("Add", ["rows", "b"], ["c"]), Node("Mul", ["c", "a"], ["y"])],
            Initializers = [Floats("table", 8, 16), external],
        };
        foreach (string folder in (string[])["link", "target"])
        {
            Directory.CreateDirectory(Folder[folder]);
            File.WriteAllBytes(Folder[$"{folder}/data"], [.. Enumerable.Range(0, 256).Select(place => (byte)(place % (folder.Length * 9)))]);
        }

        File.WriteAllBytes(Folder["target/model.onnx"], model.Encode());
        File.CreateSymbolicLink(Folder["link/model.onnx"], "../target/model.onnx");
        AssertAlike(Folder["link/model.onnx"]);
    }
}
