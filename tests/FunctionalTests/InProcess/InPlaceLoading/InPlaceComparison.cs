using Thaw.FunctionalTests.InProcess.Models;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Loads a model in place and in ONNX Runtime alone: the outcome must be the same, and so must every bit of the outputs.</summary>
public abstract class InPlaceComparison(OnnxRuntimeFixture runtime) : IDisposable
{
    // Most of the small models' weights are at least as large.
    private protected const long Smallest = 64;

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose() => Folder.Dispose();

    private protected static OnnxTensor FromFields(string name, Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        write(message);
        OnnxTensor tensor = OnnxTensor.Parse(message.Written);
        Assert.Equal(name, tensor.Name);
        return tensor;
    }

    private protected void AssertInPlace(SmallModel model, SessionSettings? settings = null)
    {
        File.WriteAllBytes(Folder["model.onnx"], model.Encode());
        AssertInPlace(Folder["model.onnx"], settings ?? new SessionSettings());
    }

    private protected void AssertInPlace(string path, SessionSettings settings)
    {
        using OrtSession? session = TryLoad(path, settings, out string? reason);
        Assert.True(session is not null, reason);
        Outcome plain = Outcome.Of(() => LoadPlainly(path, settings));
        Assert.NotEqual(Outcome.Refused, plain);
        Assert.Equal(plain, Outcome.Of(session));
    }

    /// <summary>The same for a model that may also be refused in place.</summary>
    private protected void AssertAlike(SmallModel model)
    {
        File.WriteAllBytes(Folder["model.onnx"], model.Encode());
        AssertAlike(Folder["model.onnx"]);
    }

    private protected void AssertAlike(string path)
    {
        using OrtSession? session = TryLoad(path, new SessionSettings(), out _);
        Outcome plain = Outcome.Of(() => LoadPlainly(path, new SessionSettings()));
        Assert.Equal(plain, session is null ? plain : Outcome.Of(session));
    }

    private protected OrtSession LoadPlainly(string path, SessionSettings settings) => OrtSession.Load(runtime.Environment, path, settings);

    private protected OrtSession? TryLoad(string path, SessionSettings settings, out string? reason, long smallest = Smallest) =>
        InPlace.TryLoad(runtime.Environment, path, settings, smallest, out reason);
}
