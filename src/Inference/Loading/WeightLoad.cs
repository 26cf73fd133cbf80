using Thaw.Inference.Architectures;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Loading;

/// <summary>A model's weights, and what runs them.</summary>
/// <param name="Source">What better weights can be made from.</param>
/// <param name="Inputs">The model's inputs, without its weights.</param>
/// <param name="Traits">What the graph says about the texts that it takes; null if that is not known.</param>
/// <param name="OwnSessionReason">Why its session is not shared, or will not be when it is used often; null if it is shared, or if that is normal.</param>
/// <param name="CopyReason">Why the weights were copied instead of read in place; null if they were not, or if copying is normal.</param>
/// <param name="GraphTime">Time to map the files, and to recognise or rewrite the graph.</param>
internal sealed record WeightLoad(
    WeightBinding Binding,
    WeightForm Form,
    WeightSource Source,
    IReadOnlyList<TensorInfo> Inputs,
    IReadOnlyList<TensorInfo> Outputs,
    GraphTraits? Traits,
    string? OwnSessionReason,
    string? CopyReason,
    TimeSpan GraphTime) : IDisposable
{
    /// <summary>A model for which ONNX Runtime holds the weights.</summary>
    public static WeightLoad Copied(OrtSession session, GraphTraits? traits, string? reason, TimeSpan graphTime) =>
        new(new WeightBinding(session), WeightForm.Packed, new WeightSource(null, null), session.Inputs, session.Outputs, traits, reason, reason, graphTime);

    public void Dispose()
    {
        Binding.Dispose();
        Source.Dispose();
    }
}
