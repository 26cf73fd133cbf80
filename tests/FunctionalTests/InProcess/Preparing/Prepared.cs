using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;

namespace Thaw.FunctionalTests.InProcess.Preparing;

/// <summary>Prepares model files without comparing their answers.</summary>
internal static class Prepared
{
    /// <summary>Writes the prepared form of the model at <paramref name="path"/>.</summary>
    /// <param name="smallest">Bytes of the smallest weight that goes into the data file.</param>
    /// <returns>Weights that were transposed.</returns>
    public static int Write(string path, string to, long smallest)
    {
        string name = Path.GetFileName(to) + ".data";
        using ModelPreparation model = ModelPreparation.Open(path, smallest);
        using (FileStream data = File.Create(Path.Combine(Path.GetDirectoryName(to)!, name))) model.WriteData(data, _ => { });
        File.WriteAllBytes(to, model.WriteModel(name).ToArray());
        return model.TransposedCount;
    }

    /// <summary>Moves a model's large weights into files beside it, at unaligned places.</summary>
    public static void Scatter(string path, string to, int files, long smallest)
    {
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue);
        FileStream[] data = [.. Enumerable.Range(0, files).Select(i => File.Create(Path.Combine(Path.GetDirectoryName(to)!, $"weights{i}")))];
        for (int i = 0; i < model.Graph.Initializers.Count; i++)
        {
            OnnxTensor tensor = model.Graph.Initializers[i];
            if (tensor.RawData is not { } raw || raw.Length < smallest) continue;
            FileStream file = data[i % files];
            file.WriteByte(0);
            model.Graph.Initializers[i] = tensor with { RawData = null, Location = new TensorLocation(Path.GetFileName(file.Name), file.Position, raw.Length) };
            file.Write(raw.Span);
        }

        foreach (FileStream file in data) file.Dispose();
        File.WriteAllBytes(to, model.Write(ownFile: null).ToArray());
    }
}
