using Thaw.Inference.Architectures;

namespace Thaw.UnitTests.Inference.Architectures;

public sealed class RunShapeTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(1, 16)]
    [InlineData(1, 32)]
    [InlineData(1, 64)]
    [InlineData(1, 128)]
    [InlineData(4, 16)]
    [InlineData(2, 32)]
    public void Runs_of_few_tokens_that_fill_whole_panels_are_turned(int rows, int columns) => Assert.True(RunShape.FavorsTurned(rows, columns));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(1, 17)]
    [InlineData(8, 8)]
    [InlineData(3, 20)]
    [InlineData(1, 512)]
    [InlineData(8, 64)]
    [InlineData(4, 256)]
    [InlineData(64, 16)]
    public void Runs_of_many_tokens_or_of_mostly_empty_panels_are_not(int rows, int columns) => Assert.False(RunShape.FavorsTurned(rows, columns));

    [Fact]
    public void More_texts_of_the_same_length_never_make_turning_better()
    {
        for (int columns = 1; columns <= 512; columns++)
        {
            for (int rows = 1; rows < 64; rows++) Assert.True(RunShape.FavorsTurned(rows, columns) || !RunShape.FavorsTurned(rows + 1, columns));
        }
    }
}
