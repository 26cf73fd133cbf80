using Thaw.TestModels;
using Thaw.TestModels.Bert;

if (args.Any(argument => argument is "-h" or "--help"))
{
    Console.Write(CommandLine.Help);
    return 0;
}

try
{
    CommandLine command = CommandLine.Parse(args);
    ModelSummary summary = ExportedModel.Write(command.Directory, command.Options);
    Console.WriteLine(FormattableString.Invariant($"{command.Directory}: {command.Options.Name}, {summary.Nodes:N0} nodes, {summary.Parameters:N0} parameters"));
    foreach (string name in ExportedModel.FileNames(command.Options))
        Console.WriteLine(FormattableString.Invariant($"{new FileInfo(Path.Combine(command.Directory, name)).Length,13:N0} bytes  {name}"));
    return 0;
}
catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
