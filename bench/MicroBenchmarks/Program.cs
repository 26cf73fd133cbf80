using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Thaw.MicroBenchmarks;
using Thaw.MicroBenchmarks.Curve;

if (args is [CurveCommand.Name, ..]) return CurveCommand.Run(args[1..]);

// Without arguments, BenchmarkDotNet would ask on the console which ones to run.
string[] arguments = args.Length == 0 ? ["--filter", "*"] : args;
Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(AllocationCheck).Assembly).Run(arguments)];
if (arguments.Any(argument => argument is "--help" or "--list" or "--info" or "--version")) return 0;

IReadOnlyList<string> problems = AllocationCheck.Problems(summaries);
foreach (string problem in problems) Console.Error.WriteLine(problem);
return problems.Count == 0 ? 0 : 1;
