using Thaw.Harness;

namespace Thaw.Shapes;

/// <summary>What the command line asks for.</summary>
internal sealed record ShapeOptions
{
    public const string Help = """
        Times the two sessions of an architecture, straight and turned, for each shape of a run, and what the server's choice between them costs.

        usage: dotnet run -c Release --project bench/Shapes -- [options]

          --quick        a quick look: two sizes of layers, few shapes, few runs; writes no results
          --output DIR   where to write shapes.json (bench/results)

        """;

    // Two heads of 64 and so on, as in published encoders.
    public IReadOnlyList<int> HiddenSizes { get; private init; } = [128, 256, 384, 768];

    public IReadOnlyList<int> Rows { get; private init; } = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

    public IReadOnlyList<int> Columns { get; private init; } = [8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512];

    /// <summary>The time that a session's runs of one shape take, in milliseconds.</summary>
    public double Patience { get; private init; } = 200;

    /// <summary>Null: results are only printed.</summary>
    public string? Output { get; private init; } = "bench/results";

    /// <exception cref="ArgumentException">What is wrong, and what to give instead.</exception>
    public static ShapeOptions Parse(string[] arguments)
    {
        var rest = new Arguments(arguments);
        ShapeOptions options = new();
        // First, so that --output wins, wherever it stands.
        if (arguments.Contains("--quick"))
            options = options with { HiddenSizes = [128, 768], Rows = [1, 4, 16], Columns = [8, 16, 20, 64, 256], Patience = 20, Output = null };
        while (rest.TryNext(out string? argument))
        {
            options = argument switch
            {
                "--quick" => options,
                "--output" => options with { Output = rest.Value(argument) },
                _ => throw new ArgumentException($"There is no option '{argument}'; --help lists the options."),
            };
        }

        return options;
    }
}
