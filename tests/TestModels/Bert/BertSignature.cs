using Thaw.TestModels.Format;

namespace Thaw.TestModels.Bert;

/// <summary>Inputs and output of the graph, with the axis names that optimum uses.</summary>
internal static class BertSignature
{
    public const string Logits = "logits";

    private const string Batch = "batch_size";

    public static void Declare(GraphBuilder graph, BertOptions options)
    {
        OnnxType type = options.Int32Inputs ? OnnxType.Int32 : OnnxType.Int64;
        foreach (string input in options.InputNames) graph.Input(input, type, Batch, "sequence_length");
        graph.Output(Logits, options.Float16Logits ? OnnxType.Float16 : OnnxType.Float, Batch, options.Labels);
    }
}
