using System.Text;
using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw --help</c> prints.</summary>
internal static class Help
{
    private const int Column = 34;

    public static string Text()
    {
        var text = new StringBuilder(
            """
            thaw: serves many text models from one small process.

            Usage: thaw [serve] [options]             starts the server
                   thaw prepare DIR [--output DIR]    makes a model load fast; see thaw prepare --help
                   thaw inspect DIR [--json]          says how a model would be served, or why it cannot be; see thaw inspect --help
                   thaw health [options]              asks /ping of the server on this machine's --port; exit code 0 if it is healthy

            Options, their defaults, and the environment variables that set them too:

            """);
        foreach (Setting setting in ServerOptions.Settings)
        {
            text.Append($"  --{setting.Name} {setting.ValueName}".PadRight(Column)).AppendLine($"{setting.Description} ({setting.Default})");
            text.Append(' ', Column).AppendJoin(", ", setting.Variables).AppendLine();
        }

        return text.Append(
            """
              --help                          prints this text
              --version                       prints the version

            Try it:
              thaw &
              curl localhost:8080/models -H 'Content-Type: application/json' -d '{"model_name":"langid","url":"/path/to/samples/langid"}'
              curl localhost:8080/models/langid/invoke -H 'Content-Type: application/json' -d '{"inputs":"Où est la bibliothèque ?"}'
              curl localhost:8080/models/langid/tokenize -H 'Content-Type: application/json' -d '{"inputs":"Où est la bibliothèque ?"}'
            """).ToString();
    }
}
