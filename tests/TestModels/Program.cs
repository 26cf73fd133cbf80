using Thaw.TestModels;

if (args.Length == 0 || args.Any(argument => argument is "-h" or "--help"))
{
    Console.Write(CommandLine.Help);
    return args.Length == 0 ? 2 : 0;
}

try
{
    CommandLine command = CommandLine.Parse(args);
    ModelSummary summary = ModelDirectory.Write(command.Directory, command.Options);
    Console.WriteLine(FormattableString.Invariant($"{command.Directory}: {command.Options.Name}, {summary.Nodes:N0} nodes, {summary.Parameters:N0} parameters"));
    foreach (FileInfo file in new DirectoryInfo(command.Directory).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        Console.WriteLine(FormattableString.Invariant($"{file.Length,13:N0}  {file.Name}"));
    return 0;
}
catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
