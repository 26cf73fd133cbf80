using System.Text;

namespace Thaw.UnitTests.TestModels;

/// <summary>
/// Reads a whole model with code that shares nothing with the writer, and fails on any byte that does not belong there.
/// </summary>
internal sealed class ModelReader
{
    private ModelReader()
    {
    }

    public List<Node> Nodes { get; } = [];

    public Dictionary<string, Tensor> Tensors { get; } = [];

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public long IrVersion { get; private set; }

    public static ModelReader Read(byte[] file)
    {
        var model = new ModelReader();
        foreach (Field field in Fields(file))
        {
            if (field.Number == 1) model.IrVersion = field.Integer;
            if (field.Number == 7) model.ReadGraph(field.Bytes);
        }

        return model;
    }

    private void ReadGraph(ReadOnlyMemory<byte> graph)
    {
        foreach (Field field in Fields(graph))
        {
            switch (field.Number)
            {
                case 1: Nodes.Add(ReadNode(field.Bytes)); break;
                case 2: break;
                case 5:
                    Tensor tensor = ReadTensor(field.Bytes);
                    Tensors.Add(tensor.Name, tensor);
                    break;
                case 11: Inputs.Add(Fields(field.Bytes).First(part => part.Number == 1).Text); break;
                case 12: Outputs.Add(Fields(field.Bytes).First(part => part.Number == 1).Text); break;
                default: throw new InvalidDataException($"Graph field {field.Number}.");
            }
        }
    }

    private static Node ReadNode(ReadOnlyMemory<byte> message)
    {
        List<Field> fields = [.. Fields(message)];
        return new Node(
            fields.Single(field => field.Number == 3).Text,
            fields.Single(field => field.Number == 4).Text,
            fields.SingleOrDefault(field => field.Number == 7)?.Text ?? "",
            [.. fields.Where(field => field.Number == 1).Select(field => field.Text)],
            [.. fields.Where(field => field.Number == 2).Select(field => field.Text)]);
    }

    private static Tensor ReadTensor(ReadOnlyMemory<byte> message)
    {
        List<Field> fields = [.. Fields(message)];
        var external = fields.Where(field => field.Number == 13)
            .Select(field => Fields(field.Bytes).Select(part => part.Text).ToArray())
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return new Tensor(
            fields.Single(field => field.Number == 8).Text,
            [.. fields.Where(field => field.Number == 1).SelectMany(Integers)],
            fields.Single(field => field.Number == 2).Integer,
            fields.SingleOrDefault(field => field.Number == 9)?.Bytes ?? default,
            external)
        {
            FloatData = fields.SingleOrDefault(field => field.Number == 4)?.Bytes ?? default,
            Int32Data = [.. fields.Where(field => field.Number == 5).SelectMany(Integers)],
        };
    }

    private static IEnumerable<long> Integers(Field field)
    {
        if (field.Wire == 0)
        {
            yield return field.Integer;
            yield break;
        }

        for (int at = 0; at < field.Bytes.Length;) yield return Varint(field.Bytes.Span, ref at);
    }

    private static IEnumerable<Field> Fields(ReadOnlyMemory<byte> message)
    {
        for (int at = 0; at < message.Length;)
        {
            long tag = Varint(message.Span, ref at);
            var (number, wire) = ((int)(tag >> 3), (int)(tag & 7));
            int length = wire switch
            {
                0 => 0,
                2 => checked((int)Varint(message.Span, ref at)),
                5 => 4,
                _ => throw new InvalidDataException($"Wire type {wire}."),
            };
            long integer = wire == 0 ? Varint(message.Span, ref at) : 0;
            yield return new Field(number, wire, integer, message.Slice(at, length));
            at += length;
        }
    }

    private static long Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)value;
        }
    }

    internal sealed record Node(string Name, string Op, string Domain, string[] Inputs, string[] Outputs);

    internal sealed record Tensor(
        string Name, long[] Dims, long Type, ReadOnlyMemory<byte> Raw, IReadOnlyDictionary<string, string> External)
    {
        public ReadOnlyMemory<byte> FloatData { get; init; }

        public long[] Int32Data { get; init; } = [];
    }

    private sealed record Field(int Number, int Wire, long Integer, ReadOnlyMemory<byte> Bytes)
    {
        public string Text => Encoding.UTF8.GetString(Bytes.Span);
    }
}
