using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad;

/// <summary>What the options line asks for.</summary>
internal sealed record BenchOptions(BenchKind Kind)
{
    public const string Help = """
        Measures what a model costs that the published server has not loaded yet.

        usage: dotnet run -c Release --project bench/ColdLoad -- [cold] [options]
               dotnet run -c Release --project bench/ColdLoad -- density [options]
               dotnet run -c Release --project bench/ColdLoad -- fifty [options]

        cold      load and first answer, and the memory that they take, beside plain ONNX Runtime; fresh processes that take turns
        density   200 models in turn under a memory limit of a quarter of their size
        fifty     50 different BERT-base models in memory at once; needs 22 GB of disk

          --binary PATH    the server (artifacts/thaw/thaw, which make publish makes)
          --samples N      cold: processes for each way (10)
          --models LIST    cold: some of bert-base, bert-base-int8, distilbert, distilbert-int8, mini, mini-int8, with commas (all)
          --count N        density and fifty: models (200, 50)
          --quick          a look: the small models, 2 samples, 20 models in turn, nothing written to bench/results
          --work DIR       where models are written, and kept for the next run (a temporary folder, deleted at the end)
          --output DIR     where results go (bench/results)

        """;

    public string BinaryPath { get; private init; } = "artifacts/thaw/thaw";

    public int Samples { get; private init; } = 10;

    public IReadOnlyList<string> Models { get; private init; } = [.. BenchModel.All.Select(model => model.Name)];

    public int Count { get; private init; } = Kind == BenchKind.Fifty ? 50 : 200;

    /// <summary>Null: a temporary folder.</summary>
    public string? WorkFolder { get; private init; }

    /// <summary>Null: results are only printed.</summary>
    public string? Output { get; private init; } = "bench/results";

    /// <exception cref="ArgumentException">What is wrong, and what to give instead.</exception>
    public static BenchOptions Parse(string[] arguments)
    {
        var rest = new Arguments(arguments);
        BenchOptions options = new(BenchKind.Cold);
        if (arguments is [var mode, ..] && !mode.StartsWith('-'))
        {
            _ = rest.TryNext(out _);
            options = mode switch
            {
                "cold" => options,
                "density" => new BenchOptions(BenchKind.Density),
                "fifty" => new BenchOptions(BenchKind.Fifty),
                _ => throw new ArgumentException($"'{mode}' is not a mode: give cold, density or fifty; --help says what they measure."),
            };
        }

        bool isCold = options.Kind == BenchKind.Cold;
        // First, so that other options win wherever they are.
        if (arguments.Contains("--quick"))
            options = options with { Samples = 2, Models = ["mini", "mini-int8"], Count = options.Kind == BenchKind.Fifty ? 2 : 20, Output = null };
        while (rest.TryNext(out string? argument))
        {
            options = argument switch
            {
                "--quick" => options,
                "--binary" => options with { BinaryPath = rest.Value(argument) },
                "--work" => options with { WorkFolder = rest.Value(argument) },
                "--output" => options with { Output = rest.Value(argument) },
                "--samples" when isCold => options with { Samples = rest.Number(argument, least: 1) },
                "--models" when isCold => options with { Models = Names(rest.Value(argument)) },
                // Two models at least, because the bench tells their answers apart.
                "--count" when !isCold => options with { Count = rest.Number(argument, least: 2) },
                _ => throw new ArgumentException($"{options.Kind.ToString().ToLowerInvariant()} has no option '{argument}'; --help lists the options."),
            };
        }

        return options;
    }

    private static string[] Names(string list)
    {
        string[] names = list.Split(','), known = [.. BenchModel.All.Select(model => model.Name)];
        string? unknown = names.Except(known).FirstOrDefault();
        return unknown is null ? names : throw new ArgumentException($"'{unknown}' is not a model: give some of {string.Join(", ", known)}.");
    }
}
