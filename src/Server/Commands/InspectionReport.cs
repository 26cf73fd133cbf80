using System.Globalization;
using Thaw.Inference.Inspecting;

namespace Thaw.Server.Commands;

/// <summary>What <c>thaw inspect</c> prints for people.</summary>
internal static class InspectionReport
{
    private const int MostLabels = 10;

    public static void Write(TextWriter writer, Inspection inspection)
    {
        if (inspection.ModelFile is { } file)
        {
            string size = (inspection.Bytes.GetValueOrDefault() / 1e6).ToString("N1", CultureInfo.InvariantCulture);
            Line(writer, "file", $"{file}, {size} MB with its weights");
            string producer = inspection.Producer is { Length: > 0 } name ? name : "a program that does not name itself";
            if (inspection.Opset is { } opset) Line(writer, "", $"written by {producer}, opset {opset.ToString(CultureInfo.InvariantCulture)}");
        }

        if (inspection.Model is { } model) Write(writer, inspection, model);
        else Write(writer, inspection.Inputs ?? [], inspection.Outputs ?? []);
        writer.WriteLine(inspection.Refusal is null ? "It can be served." : $"It cannot be served. {inspection.Refusal}");
    }

    private static void Write(TextWriter writer, Inspection inspection, ModelFacts model)
    {
        if (model.Variant is { } variant) Line(writer, "variant", variant);
        Line(writer, "task", $"{model.Task}: {model.TaskReason}");
        string more = model.LabelNames.Count > MostLabels ? $" and {model.LabelNames.Count - MostLabels} more" : "";
        if (model.LabelNames.Count > 0) Line(writer, "labels", string.Join(", ", model.LabelNames.Take(MostLabels)) + more);
        Write(writer, model.Inputs, model.Outputs);
        Line(writer, "tokenizer", $"{model.Tokenizer}, in {model.TokenizerDirectory}");
        Line(writer, "", $"texts of up to {model.MaxTokens} tokens");
        string session = inspection.IsShared == true ? "nodes fused, session shared with models of the same architecture" : "a session of its own";
        Line(writer, "weights", $"{(inspection.IsMapped == true ? "mapped in place" : "copied into private memory")}; {session}");
        for (int i = 0; i < model.Remarks.Count; i++) Line(writer, i == 0 ? "remarks" : "", model.Remarks[i]);
    }

    private static void Write(TextWriter writer, IReadOnlyList<TensorFacts> inputs, IReadOnlyList<TensorFacts> outputs)
    {
        foreach ((string what, IReadOnlyList<TensorFacts> tensors) in new[] { ("inputs", inputs), ("outputs", outputs) })
        {
            int longest = tensors.Select(tensor => tensor.Name.Length).DefaultIfEmpty().Max();
            for (int i = 0; i < tensors.Count; i++)
            {
                TensorFacts tensor = tensors[i];
                string use = tensor.Use.Length == 0 ? "" : $": {tensor.Use}", shape = tensor.Shape.Length == 0 ? "of any shape" : tensor.Shape;
                Line(writer, i == 0 ? what : "", $"{tensor.Name.PadRight(longest)}  {tensor.Type} {shape}{use}");
            }
        }
    }

    private static void Line(TextWriter writer, string name, string text) => writer.WriteLine($"{name,-11}{text}");
}
