using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions(BenchKind Kind)
{
    public const string Help = """
        Measures what it costs the published server to load a model that is not in memory.

        usage: dotnet run -c Release --project bench/ColdLoad -- [cold] [options]
               dotnet run -c Release --project bench/ColdLoad -- density [options]
               dotnet run -c Release --project bench/ColdLoad -- fifty [options]

        cold      load and first answer, and the memory they take, compared with plain ONNX Runtime; fresh processes, in turn
        density   200 models in turn under a memory limit of a quarter of their size; then 10,000 small models loaded at once (6 GB of disk space)
        fifty     50 different BERT-base models in memory at once; needs 22 GB of disk space

          --binary PATH    the published server (artifacts/thaw/thaw, built by make publish)
          --samples N      cold: processes for each way (10)
          --models LIST    cold: comma-separated, from bert-base, bert-base-int8, distilbert, distilbert-int8, mini, mini-int8 (all)
          --count N        density and fifty: number of models (200, 50)
          --at-once N      density: number of small models that are loaded at once (10000)
          --quick          a quick look: cold with 2 samples of the small models, density with 20 models and 100 small ones, fifty with 2; writes no results
          --work DIR       where to write the models, and keep them for the next run (a temporary folder, deleted at the end)
          --output DIR     where to write the results (bench/results)

        """;

    public string BinaryPath { get; private init; } = "artifacts/thaw/thaw";

    public int Samples { get; private init; } = 10;

    public IReadOnlyList<string> Models { get; private init; } = [.. BenchModel.All.Select(model => model.Name)];

    public int Count { get; private init; } = Kind == BenchKind.Fifty ? 50 : 200;

    public int AtOnce { get; private init; } = 10_000;

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
                _ => throw new ArgumentException($"'{mode}' is not a mode. Give cold, density or fifty; --help says what they measure."),
            };
        }

        bool isCold = options.Kind == BenchKind.Cold;
        // First, so that the other options win, wherever they stand.
        if (arguments.Contains("--quick"))
        {
            int count = options.Kind == BenchKind.Fifty ? 2 : 20;
            options = options with { Samples = 2, Models = ["mini", "mini-int8"], Count = count, AtOnce = 100, Output = null };
        }

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
                "--at-once" when options.Kind == BenchKind.Density => options with { AtOnce = rest.Number(argument, least: 2) },
                // At least two models, because the benchmark compares their answers.
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
        return unknown is null ? names : throw new ArgumentException($"'{unknown}' is not a model. Choose from {string.Join(", ", known)}.");
    }
}
