using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Format;

/// <summary>A named tensor of a graph; its bytes are computed when they are written, never all at once.</summary>
internal abstract class Initializer(string name, OnnxType type, long[] dims, long byteLength)
{
    public string Name => name;

    public OnnxType Type => type;

    public long[] Dims => dims;

    public long ByteLength => byteLength;

    /// <summary>How many trained numbers it has.</summary>
    public long Parameters { get; init; }

    /// <summary>The field of TensorProto that holds its bytes; always length-delimited.</summary>
    public int DataField { get; init; } = OnnxFields.Tensor.RawData;

    /// <summary>Writes <see cref="ByteLength"/> bytes, through <paramref name="scratch"/>.</summary>
    public abstract void WriteTo(Stream stream, WeightSource source, Span<float> scratch);
}
