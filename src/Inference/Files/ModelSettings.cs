using System.Text.Json;

namespace Thaw.Inference.Files;

/// <summary>What the person who hands a model over says about it: in a file of the model, or with the load. What is said with the load counts
/// first.</summary>
public sealed record ModelSettings
{
    public const string FileName = "thaw.json";

    private const int MaxBytes = 64 << 10;

    /// <summary>Which of several ONNX files to serve: the name of the file, or "quantized" for model_quantized.onnx. Null for the only one or
    /// model.onnx.</summary>
    public string? Variant { get; init; }

    /// <summary>Reads the settings of a folder that has the file.</summary>
    internal static Result<ModelSettings> Read(string folder) =>
        SmallFile.Read(folder, FileName, MaxBytes).TryGet(out byte[]? utf8, out InferenceError? unread) ? Parse(utf8) : unread;

    internal static Result<ModelSettings> Parse(ReadOnlySpan<byte> utf8)
    {
        SettingsFile? file;
        try
        {
            file = JsonSerializer.Deserialize(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8, SettingsJson.Default.SettingsFile);
        }
        catch (JsonException exception)
        {
            string place = exception.Path is { Length: > 2 } path ? $", {path[2..]}" : "";
            return Broken($"{FileName}, line {exception.LineNumber + 1}{place}: it is not of the form {{\"variant\": \"quantized\"}}.");
        }

        if (file is null) return Broken($"{FileName}: it contains only null. Remove it, or write {{}}.");
        if (file.Unknown?.Keys.FirstOrDefault() is { } name) return Broken($"{FileName}: '{name}' is not a known setting. The only one is variant.");
        return file.Variant is "" ? Broken($"{FileName}: variant is empty. Name one, or remove it.") : new ModelSettings { Variant = file.Variant };
    }

    private static InferenceError Broken(string message) => new(InferenceErrorKind.InvalidModel, message);
}
