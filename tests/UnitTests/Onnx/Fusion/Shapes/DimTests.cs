using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.UnitTests.Onnx.Fusion.Shapes;

public sealed class DimTests
{
    private readonly Symbols _symbols = new();

    [Fact]
    public void Products_are_equal_in_any_order_and_divide_exactly()
    {
        Dim batch = _symbols.Named("batch"), sequence = _symbols.Named("sequence");
        Dim left = Dim.Multiply(Dim.Multiply(batch, Dim.Of(12))!, sequence)!, right = Dim.Multiply(sequence, Dim.Multiply(Dim.Of(12), batch)!)!;
        Assert.Equal(left, right);
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
        Assert.Equal(Dim.Of(12), Dim.Divide(Dim.Divide(left, sequence)!, batch));
        Assert.Null(Dim.Divide(left, Dim.Of(5)));
        Assert.Null(Dim.Divide(batch, sequence));
        Assert.Null(Dim.Divide(left, Dim.Of(0)));
        Assert.Null(Dim.Multiply(Dim.Of(long.MaxValue), Dim.Of(2)));
        Assert.Equal(Dim.Of(0), Dim.Multiply(batch, Dim.Of(0)));
    }

    [Fact]
    public void A_product_of_too_many_symbols_is_unknown()
    {
        Dim? product = _symbols.Named("batch");
        for (int i = 0; i < 64 && product is not null; i++) product = Dim.Multiply(product, product);
        Assert.Null(product);
    }

    [Fact]
    public void The_same_name_and_the_same_computation_have_the_same_symbol()
    {
        Dim batch = _symbols.Named("batch"), other = _symbols.Fresh(isSize: true);
        Assert.Equal(batch, _symbols.Named("batch"));
        Assert.NotEqual(batch, other);
        Assert.Equal(_symbols.Compute("add", batch, other, isSize: true), _symbols.Compute("add", batch, other, isSize: true));
        Assert.NotEqual(_symbols.Compute("add", batch, other, isSize: true), _symbols.Compute("add", other, batch, isSize: true));
    }

    [Fact]
    public void Broadcasting_gives_the_only_possible_dimension()
    {
        Dim batch = _symbols.Named("batch"), other = _symbols.Named("other");
        Assert.Equal(batch, _symbols.Broadcast(batch, Dim.One));
        Assert.Equal(batch, _symbols.Broadcast(Dim.One, batch));
        Assert.Equal(Dim.Of(4), _symbols.Broadcast(batch, Dim.Of(4)));
        Assert.Equal(batch, _symbols.Broadcast(batch, _symbols.Limited(batch, 512)));
        Dim unknown = _symbols.Broadcast(batch, other);
        Assert.NotEqual(batch, unknown);
        Assert.NotEqual(other, unknown);
    }

    [Fact]
    public void Only_dimensions_are_known_not_to_be_negative()
    {
        Dim size = _symbols.Fresh(isSize: true), difference = _symbols.Compute("Sub", size, Dim.Of(1), isSize: false);
        Assert.True(_symbols.IsNotNegative(Dim.Multiply(size, Dim.Of(2))!));
        Assert.False(_symbols.IsNotNegative(difference));
        Assert.False(_symbols.IsNotNegative(Dim.Multiply(size, Dim.Of(-1))!));
        Assert.True(_symbols.IsNegative(Dim.Of(-1)));
        Assert.False(_symbols.IsNegative(difference));
    }
}
