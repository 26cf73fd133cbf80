using Thaw.Onnx.Architectures;
using Thaw.Onnx.InPlace;

namespace Thaw.Inference.Architectures;

/// <summary>A model's mapped files, from which weights in another arrangement can be made.</summary>
/// <param name="Shared">Set if the model runs in a shared session.</param>
/// <param name="Own">Set if it has a session of its own and is read in place. If both are null, ONNX Runtime has copied the model.</param>
internal sealed record WeightSource(SharedModel? Shared, InPlaceModel? Own) : IDisposable
{
    public long MappedBytes => Shared?.MappedBytes ?? Own?.MappedBytes ?? 0;

    public void ReleasePageTables() => Shared?.ReleasePageTables();

    public void Dispose()
    {
        Shared?.Dispose();
        Own?.Dispose();
    }
}
