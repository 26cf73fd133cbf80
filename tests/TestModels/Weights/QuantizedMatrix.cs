using Thaw.TestModels.Bert;
using Thaw.TestModels.Format;

namespace Thaw.TestModels.Weights;

/// <summary>
/// The weight of a linear layer as int8 [in, out], the operand of MatMulInteger: symmetric, so that all zero points are 0 and the
/// largest value of a matrix, or of each column, is 127 or -127.
/// </summary>
internal sealed class QuantizedMatrix(Weight weight, bool perChannel)
{
    private const float Largest = 127;

    private float[]? _scales;

    public IEnumerable<Initializer> Initializers(string name)
    {
        (string values, string scale, string zero) = TorchGraph.QuantizedNames(name);
        // A scalar has no dims.
        long[] dims = perChannel ? [weight.Rows] : [];
        int scales = perChannel ? weight.Rows : 1;
        yield return new GeneratedInitializer(values, OnnxType.Int8, [weight.Columns, weight.Rows], weight.Count, WriteValues) { Parameters = weight.Count };
        yield return new GeneratedInitializer(scale, OnnxType.Float, dims, scales * sizeof(float), (stream, source) => WriteScales(stream, source))
        {
            DataField = OnnxFields.Tensor.FloatData,
        };
        // A varint of 0 is one byte, as is an int8.
        yield return new GeneratedInitializer(zero, OnnxType.Int8, dims, scales, (stream, _) => stream.Write(new byte[scales]))
        {
            DataField = OnnxFields.Tensor.Int32Data,
        };
    }

    private void WriteValues(Stream stream, WeightSource source)
    {
        float[] scales = Scales(source);
        float[] row = new float[weight.Rows];
        byte[] bytes = new byte[row.Length];
        for (int r = 0; r < weight.Columns; r++)
        {
            // Row r of the transposed matrix is column r of the weight.
            source.Fill(weight, row, r, weight.Columns);
            for (int i = 0; i < row.Length; i++)
                bytes[i] = (byte)(sbyte)MathF.Round(row[i] / scales[perChannel ? i : 0]);
            stream.Write(bytes);
        }
    }

    private void WriteScales(Stream stream, WeightSource source)
    {
        foreach (float scale in Scales(source)) stream.Write(BitConverter.GetBytes(scale));
    }

    private float[] Scales(WeightSource source)
    {
        if (_scales is not null) return _scales;
        float[] row = new float[weight.Columns];
        float[] largest = new float[perChannel ? weight.Rows : 1];
        for (int r = 0; r < weight.Rows; r++)
        {
            source.Fill(weight, row, (long)r * weight.Columns);
            ref float slot = ref largest[perChannel ? r : 0];
            foreach (float value in row) slot = Math.Max(slot, Math.Abs(value));
        }

        return _scales = [.. largest.Select(value => value / Largest)];
    }
}
