using System.Reflection;
using Thaw.Onnx.Linux;
using Thaw.Onnx.Runtime;
using Thaw.Server;
using Thaw.Server.Commands;
using Thaw.Server.Settings;

// Before any other thread runs: one changes the environment that native code reads, the other how its heap works.
OrtLibrary.DisableTelemetry();
NativeHeap.KeepLargeBlocksApart();

try
{
    if (args is [PrepareCommand.Name, ..]) return PrepareCommand.Run(args.AsSpan(1));
    if (args is [InspectCommand.Name, ..]) return InspectCommand.Run(args.AsSpan(1));
    if (args.Contains("--help") || args.Contains("-h"))
    {
        Console.WriteLine(Help.Text());
        return 0;
    }

    if (args.Contains("--version"))
    {
        Console.WriteLine(typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        return 0;
    }

    return args is [HealthCheck.Name, ..] ? HealthCheck.Run(args[1..]) : await ServeCommand.RunAsync(args, ServerApplication.Build);
}
catch (SettingException exception)
{
    Console.Error.WriteLine($"thaw: {exception.Message}");
    return 2;
}
