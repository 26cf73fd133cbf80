using Thaw.Harness;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

return Tool.Run(args, CommandLine.Help, () =>
{
    CommandLine command = CommandLine.Parse(args);
    ModelSummary summary = ExportedModel.Write(command.Directory, command.Options);
    Console.WriteLine(FormattableString.Invariant(
        $"{command.Directory}: {command.Options.Name}, {summary.Nodes:N0} nodes, {summary.Parameters:N0} parameters"));
    foreach (string name in ExportedModel.FileNames(command.Options))
        Console.WriteLine(FormattableString.Invariant($"{new FileInfo(Path.Combine(command.Directory, name)).Length,13:N0} bytes  {name}"));
    return 0;
});
