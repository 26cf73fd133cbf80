using System.Text;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>What an ONNX file says about itself, read without its weights and nodes.</summary>
/// <param name="Producer">Name and version of the program that wrote it; empty if it does not say.</param>
/// <param name="Opset">Version of ONNX's own operators; null if it does not say.</param>
/// <param name="Inputs">Without initializers, which old files declare as inputs too.</param>
public sealed record OnnxSummary(string Producer, long? Opset, IReadOnlyList<DeclaredTensor> Inputs, IReadOnlyList<DeclaredTensor> Outputs)
{
    // Names of programs and tensors. Nothing of this length is copied for longer than it takes to read a name.
    private const int LongestText = 64 << 10;

    /// <summary>Reads a file; null if it is not an ONNX model.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static OnnxSummary? TryRead(string path)
    {
        try
        {
            using MappedFile? file = MappedFile.Open(path);
            return file is null ? null : Read(file);
        }
        catch (ModelFormatException)
        {
            return null;
        }
    }

    private static OnnxSummary Read(MappedFile file)
    {
        string name = "", version = "";
        long? opset = null;
        List<DeclaredTensor> inputs = [], outputs = [];
        var initializers = new HashSet<string>();
        foreach (FileField field in FileField.Walk(file, 0, file.Length))
        {
            if (field.Is(Fields.Model.ProducerName)) name = Encoding.UTF8.GetString(Copy(file, field).Span);
            if (field.Is(Fields.Model.ProducerVersion)) version = Encoding.UTF8.GetString(Copy(file, field).Span);
            if (field.Is(Fields.Model.OpsetImport) && OpsetImport.Parse(Copy(file, field)) is { Domain: "" or "ai.onnx" } own) opset = own.Version;
            if (!field.Is(Fields.Model.Graph)) continue;
            foreach (FileField inner in FileField.Walk(file, field.Content, field.End))
            {
                if (inner.Is(Fields.Graph.Input)) inputs.Add(DeclaredTensor.Parse(OnnxValue.Parse(Copy(file, inner))));
                else if (inner.Is(Fields.Graph.Output)) outputs.Add(DeclaredTensor.Parse(OnnxValue.Parse(Copy(file, inner))));
                else if (inner.Is(Fields.Graph.Initializer)) initializers.Add(NameOf(file, inner));
            }
        }

        return new OnnxSummary($"{name} {version}".Trim(), opset, [.. inputs.Where(input => !initializers.Contains(input.Name))], outputs);
    }

    private static string NameOf(MappedFile file, FileField initializer)
    {
        foreach (FileField field in FileField.Walk(file, initializer.Content, initializer.End))
        {
            if (field.Is(Fields.Tensor.Name)) return Encoding.UTF8.GetString(Copy(file, field).Span);
        }

        return "";
    }

    private static ReadOnlyMemory<byte> Copy(MappedFile file, FileField field) => field.Field.ContentLength <= LongestText
        ? file.Span(field.Content, (int)field.Field.ContentLength).ToArray()
        : throw new ModelFormatException("a name in it is too long");
}
