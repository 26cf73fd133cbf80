namespace Thaw.TestModels.Bert;

public enum BertStyle
{
    /// <summary>As torch.onnx.export writes it: standard operators only, shapes computed inside the graph.</summary>
    Exported,

    /// <summary>As ONNX Runtime's transformer optimizer writes it: fused nodes of the domain com.microsoft.</summary>
    Fused,
}
