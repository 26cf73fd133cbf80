using Thaw.Inference.Files;
using Thaw.Onnx.Runtime;
using Thaw.Onnx.Traits;

namespace Thaw.Inference.Serving;

/// <summary>What a model was loaded from, kept to describe it.</summary>
/// <param name="Inputs">Those that the ONNX file declares, without weights.</param>
/// <param name="Outputs">Those that the ONNX file declares.</param>
/// <param name="Traits">What the graph says beyond these; null if that is not known.</param>
internal sealed record ModelOrigin(
    ModelDirectory Directory, ModelConfig Config, IReadOnlyList<TensorInfo> Inputs, IReadOnlyList<TensorInfo> Outputs, GraphTraits? Traits);
