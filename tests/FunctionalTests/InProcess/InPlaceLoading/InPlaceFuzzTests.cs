using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Damaged models, in place and in ONNX Runtime alone: the outcome must be the same.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class InPlaceFuzzTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_damaged_model_is_refused_or_gives_the_answers_of_ONNX_Runtime_alone(int seed)
    {
        byte[][] models = [SmallModels.Small.Encode(), SmallModels.Various.Encode(), File.ReadAllBytes(Path.Combine(Repository.Exports[0], "model.onnx"))];
        var mutator = new ModelMutator(seed);
        (int inPlace, int refused) = (0, 0);
        for (int round = 0; round < 3000; round++)
        {
            // The export takes a hundred times as long as the others.
            byte[] damaged = mutator.Mutate(models[round % 50 == 0 ? 2 : round % 2]);
            string path = _folder["model.onnx"];
            File.WriteAllBytes(path, damaged);
            using OrtSession? session = TryLoad(path);
            if (session is null) continue;
            inPlace++;
            Outcome plain = Outcome.Of(() => OrtSession.Load(runtime.Environment, path, new SessionSettings()));
            if (plain == Outcome.Refused) refused++;
            Assert.True(plain == Outcome.Of(session), $"seed {seed}, round {round}");
        }

        Assert.InRange(inPlace, 1000, 3000);
        Assert.Equal(0, refused);
    }

    private OrtSession? TryLoad(string path) => InPlace.TryLoad(runtime.Environment, path, new SessionSettings(), 64, out _);
}
