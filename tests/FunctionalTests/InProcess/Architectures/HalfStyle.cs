namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>How a file has a model in float16 or bfloat16.</summary>
public enum HalfStyle
{
    /// <summary>The whole graph, outputs too, as PyTorch exports a model in half precision.</summary>
    Exported,

    /// <summary>The whole graph, as onnxconverter-common converts a float32 one.</summary>
    Converted,

    /// <summary>The same with keep_io_types: outputs are cast to float32.</summary>
    WithFloat32Outputs,

    /// <summary>A graph in float32, whose weights are cast when they are read.</summary>
    WeightsBehindCasts,
}
