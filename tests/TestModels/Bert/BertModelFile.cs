using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>Writes one model file, or tells its size without writing it.</summary>
public static class BertModelFile
{
    /// <summary>Writes the model to <paramref name="path"/>, and external data, if asked for, beside it with "_data" appended.</summary>
    /// <exception cref="ArgumentException">The options contradict each other; the message says what to give instead.</exception>
    public static ModelSummary Write(string path, BertOptions options)
    {
        OnnxModel model = Build(options);
        var file = new ModelFileWriter(model, options.ExternalData ? Path.GetFileName(path) + "_data" : null);
        file.Write(path, new WeightSource(options.Seed));
        return Summary(model, file);
    }

    /// <summary>What <see cref="Write"/> would write, for the file name "model.onnx".</summary>
    /// <exception cref="ArgumentException">As in <see cref="Write"/>.</exception>
    public static ModelSummary Measure(BertOptions options)
    {
        OnnxModel model = Build(options);
        return Summary(model, new ModelFileWriter(model, options.ExternalData ? "model.onnx_data" : null));
    }

    private static OnnxModel Build(BertOptions options)
    {
        options.Validate();
        return options.Style == BertStyle.Fused ? new FusedBert(options).Build() : new ExportedBert(options).Build();
    }

    private static ModelSummary Summary(OnnxModel model, ModelFileWriter file) => new(
        file.ModelLength,
        file.DataLength,
        model.NodeCount,
        model.Initializers.Sum(tensor => tensor.Parameters));
}
