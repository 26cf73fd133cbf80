using Thaw.Onnx.Architectures;

namespace Thaw.UnitTests.Onnx.Architectures;

public sealed class ArchitectureGraphTests
{
    [Fact]
    public void Graphs_are_equal_only_if_both_their_forms_are()
    {
        var graph = new ArchitectureGraph(new byte[] { 1, 2, 3 }, new byte[] { 4 });
        Assert.Equal(graph, new ArchitectureGraph(new byte[] { 1, 2, 3 }, new byte[] { 4 }));
        Assert.Equal(graph.GetHashCode(), new ArchitectureGraph(new byte[] { 1, 2, 3 }, new byte[] { 4 }).GetHashCode());
        Assert.NotEqual(graph, new ArchitectureGraph(new byte[] { 1, 2, 4 }, new byte[] { 4 }));
        Assert.NotEqual(graph, new ArchitectureGraph(new byte[] { 1, 2, 3 }, default));
        Assert.False(graph.Equals(null));
    }
}
