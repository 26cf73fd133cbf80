namespace Thaw.Onnx.Runtime;

/// <summary>How far ONNX Runtime rewrites a graph while it loads (<c>GraphOptimizationLevel</c>).</summary>
public enum GraphOptimization
{
    None = 0,
    Basic = 1,
    Extended = 2,
    All = 99,
}
