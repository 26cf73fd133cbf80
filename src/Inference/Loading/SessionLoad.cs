using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Loading;

/// <summary>A session as a load made it.</summary>
/// <param name="Source">What the session reads its weights from and a packed one can be made of; null when it has copies of its own.</param>
/// <param name="CopyReason">Why the weights were copied instead of read in place; null when they were not, or nothing is to be said about it.</param>
/// <param name="GraphTime">What mapping the files and rewriting the graph took.</param>
internal sealed record SessionLoad(OrtSession Session, InPlaceModel? Source, string? CopyReason, TimeSpan GraphTime) : IDisposable
{
    public void Dispose()
    {
        Session.Dispose();
        Source?.Dispose();
    }
}
