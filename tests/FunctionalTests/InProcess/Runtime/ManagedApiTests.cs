using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Runtime;

/// <summary>
/// A second opinion on the binding: Microsoft.ML.OnnxRuntime's managed API, which calls the same library in the same process. The library has one
/// environment per process; the fixture makes it first, with the settings that our sessions need and with telemetry off.
/// </summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class ManagedApiTests(OnnxRuntimeFixture runtime)
{
    private static readonly string Model = Path.Combine(Repository.Sample, "model.onnx");

    [Fact]
    public void The_managed_API_gives_the_same_logits()
    {
        using OrtSession session = OrtSession.Load(runtime.Environment, Model, new SessionSettings());
        AssertAgrees(session, tolerance: 1e-6);
    }

    [Fact]
    public void The_managed_API_gives_the_logits_of_a_model_that_is_read_in_place_and_fused()
    {
        using InPlaceModel model = InPlaceModel.TryOpen(Model, out _)!;
        using OrtSession session = model.TryLoad(runtime.Environment, new SessionSettings(), out _)!;
        AssertAgrees(session, tolerance: 1e-4);
    }

    private static void AssertAgrees(OrtSession session, double tolerance)
    {
        using var managed = new InferenceSession(Model);
        string library = Assert.Single(LoadedLibraries());
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, OrtLibrary.FileName), library);
        Assert.Equal(OrtLibrary.Version, OrtEnv.Instance().GetVersionString());

        Assert.Equal(managed.InputNames, session.Inputs.Select(input => input.Name));
        Assert.Equal(managed.OutputNames, session.Outputs.Select(output => output.Name));
        foreach (long[] ids in Texts())
        {
            float[] logits = Answers.Of(session, 1, ids.Length, (input, _, column) => Element(input, ids[column]))[0]!;
            double difference = Answers.Difference(Run(managed, ids), logits);
            Assert.True(difference <= tolerance, $"The logits of {ids.Length} tokens differ by {difference}.");
        }
    }

    private static float[] Run(InferenceSession session, long[] ids)
    {
        OrtValue[] inputs = [.. session.InputNames.Select(input => OrtValue.CreateTensorValueFromMemory(
            [.. ids.Select(id => Element(input, id))], [1, ids.Length]))];
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, session.InputNames, inputs, session.OutputNames);
        foreach (OrtValue input in inputs) input.Dispose();
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static long Element(string input, long id) => input switch
    {
        "input_ids" => id,
        "attention_mask" => 1,
        _ => 0,
    };

    private static IEnumerable<long[]> Texts() => File.ReadLines(Path.Combine(Repository.Sample, "goldens.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("input_ids").Deserialize<long[]>()!);

    private static IEnumerable<string> LoadedLibraries() => File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains("/libonnxruntime", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..]).Distinct();
}
