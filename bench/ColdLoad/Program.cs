using System.Runtime.InteropServices;
using Thaw.ColdLoad;
using Thaw.ColdLoad.Cold;
using Thaw.ColdLoad.Density;
using Thaw.ColdLoad.Plain;
using Thaw.ColdLoad.Warm;
using Thaw.Harness;

if (args is [PlainCommand.Name, ..]) return PlainCommand.Run(args.AsSpan(1));
if (args is [PlainWarmCommand.Name, ..]) return PlainWarmCommand.Run(args.AsSpan(1));
// Without these, a signal would end the process before it deletes its temporary files.
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

return Tool.Run(args, BenchOptions.Help, () =>
{
    BenchOptions options = BenchOptions.Parse(args);
    Binary binary = Binary.Find(options.BinaryPath);
    switch (options.Kind)
    {
        case BenchKind.Cold: new ColdBench(options, binary).Run(); return 0;
        case BenchKind.Density: return DensityBench.Run(options, binary) & AtOnceBench.Run(options, binary) ? 0 : 1;
        default: return FiftyBench.Run(options, binary) ? 0 : 1;
    }
});

static void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    Environment.Exit(1);
}
