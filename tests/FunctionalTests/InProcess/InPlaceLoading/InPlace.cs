using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.InPlaceLoading;

/// <summary>Loads models in place with their graphs unchanged, for comparison bit by bit.</summary>
internal static class InPlace
{
    /// <param name="smallest">Bytes of the smallest weight that is mapped.</param>
    public static OrtSession? TryLoad(OrtEnvironment environment, string path, SessionSettings settings, long smallest, out string? reason)
    {
        using InPlaceModel? model = InPlaceModel.TryOpen(path, new InPlaceRules { SmallestMapped = smallest, CopiedShare = 1, Fuse = false }, out reason);
        return model?.TryLoad(environment, settings, out reason);
    }
}
