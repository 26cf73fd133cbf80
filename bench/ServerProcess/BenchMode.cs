namespace Thaw.ServerProcess;

internal enum BenchMode
{
    Startup,
    Memory,
}
