using Thaw.TestModels.Bert;
using Thaw.TestModels.Format;

namespace Thaw.TestModels.Weights;

/// <summary>
/// A table of embeddings as uint8: quantize_dynamic treats what Gather reads as an activation, which is uint8 with one scale and zero
/// point. The range is the weight's nominal one: a table has so many values that they reach it to within a step.
/// </summary>
internal sealed class QuantizedTable(Weight weight)
{
    private const byte Zero = 128;

    private readonly float _scale = 2 * weight.Amplitude / byte.MaxValue;

    public IEnumerable<Initializer> Initializers()
    {
        (string values, string scale, string zero) = TorchGraph.QuantizedNames(weight.Name);
        yield return new GeneratedInitializer(values, OnnxType.UInt8, weight.Dims, weight.Count, WriteValues) { Parameters = weight.Count };
        yield return new GeneratedInitializer(scale, OnnxType.Float, [], sizeof(float), (stream, _) => stream.Write(BitConverter.GetBytes(_scale)))
        {
            DataField = OnnxFields.Tensor.FloatData,
        };
        // 128 as a varint.
        yield return new GeneratedInitializer(zero, OnnxType.UInt8, [], 2, (stream, _) => stream.Write([0x80, 0x01]))
        {
            DataField = OnnxFields.Tensor.Int32Data,
        };
    }

    private void WriteValues(Stream stream, WeightSource source)
    {
        float[] row = new float[weight.Columns];
        byte[] bytes = new byte[row.Length];
        for (int r = 0; r < weight.Rows; r++)
        {
            source.Fill(weight, row, (long)r * weight.Columns);
            for (int i = 0; i < row.Length; i++)
                bytes[i] = (byte)Math.Clamp(MathF.Round(row[i] / _scale) + Zero, byte.MinValue, byte.MaxValue);
            stream.Write(bytes);
        }
    }
}
