using Thaw.ColdLoad;
using Thaw.ColdLoad.Models;

namespace Thaw.UnitTests.Bench;

public sealed class BenchOptionsTests
{
    [Fact]
    public void Without_options_cold_loads_of_all_models_are_measured()
    {
        BenchOptions options = BenchOptions.Parse([]);
        Assert.Equal((BenchKind.Cold, 10, "bench/results"), (options.Kind, options.Samples, options.Output));
        Assert.Equal(BenchModel.All.Select(model => model.Name), options.Models);
        BenchOptions density = BenchOptions.Parse(["density"]);
        Assert.Equal((BenchKind.Density, 200, 10_000), (density.Kind, density.Count, density.AtOnce));
        Assert.Equal((BenchKind.Fifty, 50), (BenchOptions.Parse(["fifty"]).Kind, BenchOptions.Parse(["fifty"]).Count));
    }

    [Fact]
    public void A_quick_look_writes_no_results_unless_told_where_and_other_options_win()
    {
        Assert.Null(BenchOptions.Parse(["--quick"]).Output);
        BenchOptions options = BenchOptions.Parse(["cold", "--samples", "3", "--output", "/tmp/out", "--models", "bert-base,mini-int8", "--quick"]);
        Assert.Equal((3, "/tmp/out"), (options.Samples, options.Output));
        Assert.Equal(["bert-base", "mini-int8"], options.Models);
    }

    [Theory]
    [InlineData("warm", "cold, density or fifty")]
    [InlineData("--samples 0", "from 1 upwards")]
    [InlineData("--samples", "takes a value")]
    [InlineData("--models bert", "bert-base-int8")]
    [InlineData("density --samples 3", "--help")]
    [InlineData("density --count 1", "from 2 upwards")]
    [InlineData("--count 3", "--help")]
    [InlineData("fifty --at-once 3", "--help")]
    public void A_mistake_is_answered_with_what_to_do(string line, string advice) =>
        Assert.Contains(advice, Assert.Throws<ArgumentException>(() => BenchOptions.Parse(line.Split(' '))).Message);

    [Fact]
    public void The_help_names_every_model() =>
        Assert.All(BenchModel.All, model => Assert.Contains(model.Name, BenchOptions.Help));
}
