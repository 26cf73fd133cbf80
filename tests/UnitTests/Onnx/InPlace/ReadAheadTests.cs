using Thaw.Onnx.Format;
using Thaw.Onnx.InPlace;

namespace Thaw.UnitTests.Onnx.InPlace;

public sealed class ReadAheadTests
{
    private const long Far = 1 << 20;

    [Fact]
    public void Places_are_read_in_file_order_and_neighbours_together() => Assert.Equal(
        [new(null, 0, 300), new(null, Far, 50), new("a", 0, 10), new("b", 0, 10)],
        ReadAhead.Plan([new("b", 0, 10), new(null, Far, 50), new(null, 100, 200), new("a", 0, 10), new(null, 0, 99)]));

    [Fact]
    public void A_place_within_another_adds_nothing() =>
        Assert.Equal([new(null, 0, 500)], ReadAhead.Plan([new TensorLocation(null, 100, 10), new TensorLocation(null, 0, 500)]));

    [Fact]
    public void No_places_give_an_empty_plan() => Assert.Empty(ReadAhead.Plan([]));
}
