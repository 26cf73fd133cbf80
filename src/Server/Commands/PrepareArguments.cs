using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw prepare</c> is to do.</summary>
/// <param name="Output">Null to replace the model.</param>
internal sealed record PrepareArguments(string Directory, string? Output)
{
    public const string Name = "prepare";

    public const string Help =
        """
        thaw prepare: makes a model load and answer fast, once, before it is served.

        Usage: thaw prepare DIR [--output DIR]

        Joins the nodes of an exported encoder, and puts its weights into one file beside model.onnx, where they are mapped and need not be
        copied, in the layout that runs fastest as it lies. The result is a model for any ONNX Runtime from 1.17 on. Its answers are compared
        with the original's first; if they differ, nothing is written.

          DIR               directory of the model: model.onnx, config.json and the tokenizer's files
          --output DIR      where to put the prepared model and copies of the other files: a directory that is empty or not there yet.
                            Without it the model is replaced, which needs room for a second copy of it meanwhile.
          --help            this text

        Ends with 0 when the model is prepared, 1 when it cannot be, 2 for arguments that mean nothing.
        """;

    /// <param name="arguments">Those behind <c>prepare</c>.</param>
    /// <exception cref="SettingException">One means nothing here, or one is missing.</exception>
    public static PrepareArguments Parse(ReadOnlySpan<string> arguments)
    {
        string? directory = null, output = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (parts[0] == "--output")
            {
                if (output is not null) throw new SettingException("--output is there twice.");
                if (parts.Length == 1 && i + 1 == arguments.Length) throw new SettingException("--output needs a directory.");
                output = parts.Length == 2 ? parts[1] : arguments[++i];
                if (output.Length == 0) throw new SettingException("--output needs a directory.");
            }
            else if (arguments[i].StartsWith('-') || directory is not null || arguments[i].Length == 0)
            {
                throw new SettingException($"prepare does not know '{arguments[i]}'.");
            }
            else
            {
                directory = arguments[i];
            }
        }

        return new PrepareArguments(directory ?? throw new SettingException("prepare needs the directory of a model."), output);
    }
}
