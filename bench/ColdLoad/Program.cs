using Thaw.ColdLoad;
using Thaw.ColdLoad.Cold;
using Thaw.ColdLoad.Density;
using Thaw.ColdLoad.Plain;
using Thaw.ServerProcess;

if (args is [PlainCommand.Name, ..]) return PlainCommand.Run(args.AsSpan(1));
if (args.Any(argument => argument is "-h" or "--help"))
{
    Console.Write(BenchOptions.Help);
    return 0;
}

// Lets what cleans up at the end of the process do so. The servers get the signal themselves.
Console.CancelKeyPress += (_, signal) =>
{
    signal.Cancel = true;
    Environment.Exit(130);
};

try
{
    BenchOptions options = BenchOptions.Parse(args);
    Binary binary = Binary.Find(options.BinaryPath);
    switch (options.Kind)
    {
        case BenchKind.Cold: new ColdBench(options, binary).Run(); return 0;
        case BenchKind.Density: return DensityBench.Run(options, binary) ? 0 : 1;
        default: return FiftyBench.Run(options, binary) ? 0 : 1;
    }
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
catch (Exception exception) when (exception is BenchException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
