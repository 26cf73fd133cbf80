using Thaw.Harness;
using Thaw.ServerProcess;

return Tool.Run(args, CommandLine.Help, () =>
{
    CommandLine command = CommandLine.Parse(args);
    Binary binary = Binary.Find(command.BinaryPath);
    if (command.Mode == BenchMode.Startup) StartupBench.Run(command, binary);
    else MemoryBench.Run(command, binary);
    return 0;
});
