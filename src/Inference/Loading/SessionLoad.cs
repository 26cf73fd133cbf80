using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>A session, and where its weights come from.</summary>
/// <param name="Source">What the session reads its weights from, and a packed session can be made from; null if it has its own copy.</param>
/// <param name="CopyReason">Why the weights were copied instead of read in place; null if they were not, or if copying is normal.</param>
/// <param name="GraphTime">Time to map the files and rewrite the graph.</param>
internal sealed record SessionLoad(OrtSession Session, InPlaceModel? Source, string? CopyReason, TimeSpan GraphTime) : IDisposable
{
    public void Dispose()
    {
        Session.Dispose();
        Source?.Dispose();
    }
}
