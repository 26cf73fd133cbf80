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

            Usage: thaw [serve] [options]             serves
                   thaw prepare DIR [--output DIR]    makes a model load fast; thaw prepare --help tells more
                   thaw health [options]              asks the server on the port that the options name; exit code 0 when it is healthy

            Options, and the environment variables that stand for them:

            """);
        foreach (ServerOptions.Setting setting in ServerOptions.Settings)
        {
            text.Append($"  --{setting.Name} {setting.Value}".PadRight(Column)).AppendLine(setting.Description);
            text.Append(' ', Column).AppendJoin(", ", setting.Variables).AppendLine();
        }

        return text.Append(
            """
              --help                          this text
              --version                       the version

            A session:
              thaw &
              curl localhost:8080/models -H 'Content-Type: application/json' -d '{"model_name":"langid","url":"/path/to/samples/langid"}'
              curl localhost:8080/models/langid/invoke -H 'Content-Type: application/json' -d '{"inputs":"Où est la bibliothèque ?"}'
              curl localhost:8080/models/langid/tokenize -H 'Content-Type: application/json' -d '{"inputs":"Où est la bibliothèque ?"}'
            """).ToString();
    }
}
