using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Rewriting;

namespace Thaw.Onnx.Fusion.Patterns;

/// <summary>PyTorch's guard that makes an attention give zeros where all keys are masked with -inf: Where(IsNaN(weights), 0, weights).</summary>
internal static class NaNGuard
{
    /// <summary>Moves to the guard's output, if there is one.</summary>
    public static bool Follow(FusionGraph graph, ref string weights)
    {
        string guarded = weights;
        OnnxNode? isNaN = graph.Consumers(guarded).FirstOrDefault(node => node.OpType == "IsNaN");
        OnnxNode? where = graph.Consumers(guarded).FirstOrDefault(node => node.OpType == "Where");
        if (isNaN is null || where is null || !graph.IsReadOnlyBy(guarded, isNaN, where) || !graph.IsReadOnlyBy(isNaN.Outputs[0], where)) return false;
        if (where.Inputs[0] != isNaN.Outputs[0] || graph.Facts[where.Inputs[1]]?.Number is not 0 || where.Inputs[2] != guarded) return false;
        if (graph.Facts[where.Outputs[0]]?.HasShapeOf(graph.Facts[guarded]!) != true) return false;
        weights = where.Outputs[0];
        return true;
    }
}
