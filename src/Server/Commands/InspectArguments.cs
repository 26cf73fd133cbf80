using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw inspect</c> does.</summary>
/// <param name="Path">A directory or an archive.</param>
/// <param name="Variant">Null for the ONNX file that is served.</param>
internal sealed record InspectArguments(string Path, string? Variant, bool AsJson)
{
    public const string Help =
        """
        thaw inspect: says what a model's directory holds and how it would be served, or why it cannot be and what to do.

        Usage: thaw inspect DIR [--variant NAME] [--json]

        Loads the model once, as the server does, and changes nothing.

          DIR               the model's directory, or an archive of it: .tar.gz, .tgz, .tar or .zip, which is unpacked into the temporary directory
          --variant NAME    which of several ONNX files: the file's name, or quantized for model_quantized.onnx
          --json            prints JSON, for scripts
          --help            prints this text

        Exit codes: 0 it can be served, 1 it cannot, 2 unrecognized argument.
        """;

    /// <param name="arguments">Those after <c>inspect</c>.</param>
    /// <exception cref="SettingException">One is unknown, or one is missing.</exception>
    public static InspectArguments Parse(ReadOnlySpan<string> arguments)
    {
        string? path = null, variant = null;
        bool asJson = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (parts[0] == "--variant")
            {
                if (variant is not null) throw Invalid("--variant is given twice.");
                variant = parts.Length == 2 ? parts[1] : ++i < arguments.Length ? arguments[i] : "";
                if (variant.Length == 0) throw Invalid("--variant needs a name.");
            }
            else if (arguments[i] == "--json")
            {
                asJson = true;
            }
            else if (arguments[i].StartsWith('-') || path is not null || arguments[i].Length == 0)
            {
                throw Invalid($"Unrecognized argument '{arguments[i]}'.");
            }
            else
            {
                path = arguments[i];
            }
        }

        return new InspectArguments(path ?? throw Invalid("The model's directory is missing."), variant, asJson);
    }

    private static SettingException Invalid(string reason) => new($"{reason} See thaw inspect --help.");
}
