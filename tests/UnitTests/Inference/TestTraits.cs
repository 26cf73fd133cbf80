using Thaw.Onnx.Traits;

namespace Thaw.UnitTests.Inference;

/// <summary>What is known of graphs that tests make up.</summary>
internal static class TestTraits
{
    /// <summary>Of a graph whose outputs end in these functions.</summary>
    public static GraphTraits Of(params OutputFunction[] functions) =>
        new() { Inputs = [], MaxTokens = null, FixedSizes = [], Functions = functions, QuantizesTogether = false };
}
