using Thaw.Harness;

namespace Thaw.ServerProcess;

/// <summary>What the command line asks for.</summary>
internal sealed record CommandLine(BenchMode Mode)
{
    public const string Help = """
        Measures the process of the published server from outside.

        usage: dotnet run -c Release --project bench/ServerProcess -- startup [options]
               dotnet run -c Release --project bench/ServerProcess -- memory DIRECTORY... [options]

        startup   time from exec to the first 200 of /ping in fresh processes, idle memory, file sizes
        memory    private and resident memory during the load of each model directory, after it, after invocations and
                  after the unload, and memory per byte of weights; a fresh process for each directory

          --binary PATH    the published server (artifacts/thaw/thaw, built by make publish)
          --runs N         startup: processes to start (10)
          --output FILE    file for the results, as JSON (bench/results/startup.json or bench/results/memory.json)

        """;

    public string BinaryPath { get; private init; } = "artifacts/thaw/thaw";

    public int Runs { get; private init; } = 10;

    public string Output { get; private init; } = $"bench/results/{(Mode == BenchMode.Startup ? "startup" : "memory")}.json";

    /// <summary>Model directories to measure, absolute.</summary>
    public IReadOnlyList<string> Directories { get; private init; } = [];

    /// <exception cref="ArgumentException">What is wrong, and what to give instead.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        var rest = new Arguments(arguments);
        CommandLine command = rest.TryNext(out string? mode) && mode is "startup" or "memory"
            ? new CommandLine(mode == "startup" ? BenchMode.Startup : BenchMode.Memory)
            : throw new ArgumentException("Give startup or memory first; --help says what they measure.");
        while (rest.TryNext(out string? argument))
        {
            command = argument switch
            {
                "--binary" => command with { BinaryPath = rest.Value(argument) },
                "--output" => command with { Output = rest.Value(argument) },
                "--runs" when command.Mode == BenchMode.Startup => command with { Runs = rest.Number(argument, least: 1) },
                _ when command.Mode == BenchMode.Memory && !argument.StartsWith('-') =>
                    command with { Directories = [.. command.Directories, ModelDirectory(argument)] },
                _ => throw new ArgumentException($"{mode} has no option '{argument}'; --help lists the options."),
            };
        }

        if (command is { Mode: BenchMode.Memory, Directories: [] })
            throw new ArgumentException("Give at least one model directory; dotnet run --project tests/TestModels -- mini /tmp/mini writes one.");
        return command;
    }

    private static string ModelDirectory(string path) =>
        Directory.Exists(path) ? Path.GetFullPath(path) : throw new ArgumentException($"The directory {path} does not exist.");
}
