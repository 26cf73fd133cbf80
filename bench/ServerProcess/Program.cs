using Thaw.ServerProcess;

if (args.Any(argument => argument is "-h" or "--help"))
{
    Console.Write(CommandLine.Help);
    return 0;
}

try
{
    CommandLine command = CommandLine.Parse(args);
    Binary binary = Binary.Find(command.BinaryPath);
    if (command.Mode == BenchMode.Startup)
        StartupBench.Run(command, binary);
    else
        MemoryBench.Run(command, binary);
    return 0;
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
