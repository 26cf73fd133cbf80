using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Format;

internal sealed class ConstantInitializer(string name, SmallTensor tensor)
    : Initializer(name, tensor.Type, tensor.Dims, tensor.Bytes.Length)
{
    public override void WriteTo(Stream stream, WeightSource source, Span<float> scratch) => stream.Write(tensor.Bytes);
}
