using System.Text.RegularExpressions;

namespace Thaw.UnitTests.Architecture;

/// <summary>One C# file of the repository.</summary>
/// <param name="Path">From the root of the repository: <c>src/Onnx/Fusion/EncoderFusion.cs</c>.</param>
/// <param name="Code">Without comments and literals.</param>
internal sealed partial record SourceFile(string Path, string Code)
{
    /// <summary>Below <c>src</c>, <c>tests</c> or <c>bench</c>: <c>Onnx/Fusion</c>.</summary>
    public string Folder => Path[(Path.IndexOf('/') + 1)..Path.LastIndexOf('/')];

    /// <summary>The type that the file should hold: <c>BertOptions</c> for <c>BertOptions.cs</c> and for <c>BertOptions.Presets.cs</c>.</summary>
    public string TypeName => Path[(Path.LastIndexOf('/') + 1)..].Split('.')[0];

    /// <summary>Null in a file that holds only statements or attributes.</summary>
    public string? Namespace => NamespacePattern().Match(Code) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The types that are not nested in others.</summary>
    public IReadOnlyList<string> Types => [.. TypePattern().Matches(Code).Select(match => match.Groups[1].Value)];

    /// <summary>Every name in the code, once.</summary>
    public IEnumerable<string> Names => NamePattern().Matches(Code).Select(match => match.Value).Distinct();

    public static SourceFile Of(string path, string source) => new(path, CodeText.Of(source));

    /// <summary>The path with a line, as editors and terminals open it.</summary>
    public string Place(int index) => $"{Path}:{Code.AsSpan(0, index).Count('\n') + 1}";

    public ReadOnlySpan<char> LineOf(int index) => Code.AsSpan()[(Code.LastIndexOf('\n', index) + 1)..];

    [GeneratedRegex(@"\b[A-Za-z_]\w*")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    // At the start of a line: with namespaces of whole files, types inside of others are indented.
    [GeneratedRegex(
        @"^(?:[a-z]+[ ]+)*(?:class|struct|interface|enum|record|delegate\s[^;{]*?)\s+([A-Z]\w*)(?=\s*(?:[<({:;,]|$|where))",
        RegexOptions.Multiline)]
    private static partial Regex TypePattern();
}
