using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Thaw.Onnx.Format;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>Changes one initializer of a graph, in the same way for the same seed, and nothing else.</summary>
internal sealed class InitializerMutator(int seed)
{
    private readonly Random _random = new(seed);

    /// <returns>Its name.</returns>
    public string Mutate(OnnxGraph graph)
    {
        // Small ones are constants of the computation, and more interesting than their number.
        OnnxTensor[] all = [.. graph.Initializers.Where(tensor => tensor.RawData is { Length: > 0 })];
        OnnxTensor[] small = [.. all.Where(tensor => tensor.RawData!.Value.Length <= 64)];
        OnnxTensor[] from = small.Length > 0 && _random.Next(3) > 0 ? small : all;
        OnnxTensor old = from[_random.Next(from.Length)];
        int at = graph.Initializers.FindIndex(tensor => tensor.Name == old.Name);
        graph.Initializers[at] = _random.Next(8) == 0 && old.Dims is [> 1, ..] ? WithoutLastRow(old) : old with { RawData = Changed(old) };
        return old.Name;
    }

    private byte[] Changed(OnnxTensor tensor)
    {
        byte[] data = tensor.RawData!.Value.ToArray();
        // All elements, a few, or one.
        int count = _random.Next(3) switch { 0 => data.Length, 1 => 3, _ => 1 };
        for (int i = 0; i < count; i++)
        {
            if (tensor.ElementType == TensorElementType.Float32) ChangeNumber(data);
            else if (tensor.ElementType == TensorElementType.Int64) ChangeInteger(data);
            else data[_random.Next(data.Length)] ^= (byte)(1 << _random.Next(7));
        }

        return data;
    }

    private void ChangeNumber(byte[] data)
    {
        Span<float> numbers = MemoryMarshal.Cast<byte, float>(data.AsSpan());
        ref float number = ref numbers[_random.Next(numbers.Length)];
        // Very large weights would only amplify rounding.
        float[] choices = numbers.Length > 1
            ? [number * 2, number + 1, -number, 0, 1, number * 0.5f]
            : [number * 2, number + 1, -number, 0, 1, number * 1.01f, -10, -1000, -1e9f, 1e-5f];
        number = choices[_random.Next(choices.Length)];
    }

    private void ChangeInteger(byte[] data)
    {
        Span<byte> at = data.AsSpan(_random.Next(data.Length / sizeof(long)) * sizeof(long));
        long old = BinaryPrimitives.ReadInt64LittleEndian(at);
        long[] choices = [old + 1, old - 1, old * 2, old / 2, 0, 1, -1, 2, 3];
        BinaryPrimitives.WriteInt64LittleEndian(at, choices[_random.Next(choices.Length)]);
    }

    private static OnnxTensor WithoutLastRow(OnnxTensor tensor) => tensor with
    {
        Dims = [tensor.Dims[0] - 1, .. tensor.Dims.Skip(1)],
        RawData = tensor.RawData!.Value[..(int)(tensor.RawData.Value.Length / tensor.Dims[0] * (tensor.Dims[0] - 1))],
    };
}
