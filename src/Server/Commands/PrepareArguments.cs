using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw prepare</c> does.</summary>
/// <param name="Output">Null to replace the model.</param>
/// <param name="Variant">Null for the ONNX file that is served.</param>
internal sealed record PrepareArguments(string Directory, string? Output, string? Variant)
{
    public const string Help =
        """
        thaw prepare: makes a model load and answer fast. Run it once, before the model is served.

        Usage: thaw prepare DIR [--output DIR] [--variant NAME]

        Fuses the nodes of an exported encoder, and stores its weights in one file beside model.onnx, in the layout that runs fastest without
        packing, so that they are mapped instead of copied. The result works with any ONNX Runtime from 1.17 on. Its answers are compared with
        the original's; if they differ, nothing is written.

          DIR               the model's directory: model.onnx, config.json and the tokenizer's files
          --output DIR      directory for the prepared model and copies of the other files; must be empty or not exist.
                            Without it, the model is replaced; this needs disk space for a second copy in the meantime.
          --variant NAME    which of several ONNX files: the file's name, or quantized for model_quantized.onnx
          --help            prints this text

        Exit codes: 0 prepared, 1 not possible, 2 unrecognized argument.
        """;

    /// <param name="arguments">Those after <c>prepare</c>.</param>
    /// <exception cref="SettingException">One is unknown, or one is missing.</exception>
    public static PrepareArguments Parse(ReadOnlySpan<string> arguments)
    {
        string? directory = null, output = null, variant = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (parts[0] is "--output" or "--variant")
            {
                ref string? option = ref parts[0] == "--output" ? ref output : ref variant;
                if (option is not null) throw Invalid($"{parts[0]} is given twice.");
                option = parts.Length == 2 ? parts[1] : ++i < arguments.Length ? arguments[i] : "";
                if (option.Length == 0) throw Invalid($"{parts[0]} needs a {(parts[0] == "--output" ? "directory" : "name")}.");
            }
            else if (arguments[i].StartsWith('-') || directory is not null || arguments[i].Length == 0)
            {
                throw Invalid($"Unrecognized argument '{arguments[i]}'.");
            }
            else
            {
                directory = arguments[i];
            }
        }

        return new PrepareArguments(directory ?? throw Invalid("The model's directory is missing."), output, variant);
    }

    private static SettingException Invalid(string reason) => new($"{reason} See thaw prepare --help.");
}
