using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Format;

/// <summary>A tensor that is computed from weights.</summary>
internal sealed class GeneratedInitializer(string name, OnnxType type, long[] dims, long byteLength, Action<Stream, WeightSource> write)
    : Initializer(name, type, dims, byteLength)
{
    public override void WriteTo(Stream stream, WeightSource source, Span<float> scratch) => write(stream, source);
}
