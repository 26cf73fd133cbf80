using Thaw.Onnx.Format;

namespace Thaw.FunctionalTests.InProcess.Models;

/// <summary>
/// Damages a model, in the same way for the same seed: removes, doubles, moves, renumbers or changes fields, and corrects the lengths around
/// them. So the damage gets through to where a plain change of bytes would only break the first length.
/// </summary>
internal sealed class ModelMutator(int seed)
{
    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] model)
    {
        if (_random.Next(4) == 0) return MutateBytes(model);
        List<Part> parts = Parse(model, [7]);
        for (int faults = _random.Next(1, 4); faults > 0; faults--) MutateParts(parts);
        return Encode(parts);
    }

    private byte[] MutateBytes(byte[] original)
    {
        List<byte> bytes = [.. original];
        for (int faults = _random.Next(1, 4); faults > 0 && bytes.Count > 0; faults--)
        {
            int at = _random.Next(bytes.Count);
            int length = Math.Min(_random.Next(1, 12), bytes.Count - at);
            switch (_random.Next(6))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 3:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 4:
                    bytes.InsertRange(_random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 5 when _random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }

    private void MutateParts(List<Part> parts)
    {
        List<Part> list = parts;
        int at = _random.Next(list.Count);
        // Mostly deep, and more often among the weights than their number would give.
        while (list[at].Children is { Count: > 0 } children && _random.Next(8) > 0)
        {
            list = children;
            int initializer = list.FindIndex(part => part.Field.Number == 5);
            at = initializer >= 0 && _random.Next(2) == 0 ? list.FindLastIndex(part => part.Field.Number == 5) - _random.Next(3) : _random.Next(list.Count);
            at = Math.Clamp(at, 0, list.Count - 1);
        }

        Part part = list[at];
        switch (_random.Next(6))
        {
            case 0:
                list.RemoveAt(at);
                if (list.Count == 0) list.Add(part);
                break;
            case 1:
                list.RemoveAt(at);
                list.Insert(_random.Next(list.Count + 1), part);
                break;
            case 2:
                // The content of another field: a duplicate name, weights of another size.
                Part other = list[_random.Next(list.Count)];
                (part.Content, part.Children) = (other.Content, other.Children?.ConvertAll(child => child.Copy()));
                break;
            case 3:
                // A second one, the same or changed.
                Part copy = part.Copy();
                list.Insert(_random.Next(list.Count + 1), copy);
                if (_random.Next(4) > 0) Change(copy);
                break;
            default:
                Change(part);
                break;
        }
    }

    private void Change(Part part)
    {
        if (part.Children is { Count: > 0 } children && _random.Next(4) > 0)
        {
            Change(children[_random.Next(children.Count)]);
            return;
        }

        switch (_random.Next(3))
        {
            case 0:
                part.Field = part.Field with { Number = _random.Next(1, 16) };
                break;
            case 1 when part.Content.Length > 0 && part.Field.Type == WireType.Bytes:
                part.Content = _random.Next(2) == 0 ? MutateBytes(part.Content) : [.. part.Content[..^1], (byte)(part.Content[^1] ^ 1)];
                part.Children = null;
                break;
            default:
                part.Field = part.Field with { Value = _random.Next(3) == 0 ? (ulong)_random.NextInt64() : (ulong)_random.Next(20) };
                break;
        }
    }

    /// <param name="nested">Numbers of the fields that are messages.</param>
    private static List<Part> Parse(byte[] message, int[] nested)
    {
        List<Part> parts = [];
        for (int at = 0; at < message.Length;)
        {
            ProtoField field = ProtoField.Parse(message.AsSpan(at));
            byte[] content = message[(at + field.HeaderLength)..(at + field.HeaderLength + (int)field.ContentLength)];
            at += field.HeaderLength + content.Length;
            List<Part>? children = field.Type != WireType.Bytes || !nested.Contains(field.Number) ? null : nested switch
            {
                [7] => Parse(content, [1, 5, 11, 12]),
                [1, ..] => Parse(content, field.Number == 1 ? [5] : field.Number == 5 ? [13] : []),
                [5] => Parse(content, []),
                _ => null,
            };
            parts.Add(new Part { Field = field, Content = content, Children = children });
        }

        return parts;
    }

    private static byte[] Encode(List<Part> parts)
    {
        var writer = new ProtoWriter();
        foreach (Part part in parts)
        {
            if (part.Children is { } children) writer.Bytes(part.Field.Number, Encode(children));
            else if (part.Field.Type == WireType.Bytes) writer.Bytes(part.Field.Number, part.Content);
            else if (part.Field.Type == WireType.Varint) writer.Integer(part.Field.Number, (long)part.Field.Value);
            else writer.Single(part.Field.Number, 1);
        }

        return writer.Written.ToArray();
    }

    private sealed class Part
    {
        public required ProtoField Field { get; set; }

        public required byte[] Content { get; set; }

        public List<Part>? Children { get; set; }

        public Part Copy() => new() { Field = Field, Content = Content, Children = Children?.ConvertAll(child => child.Copy()) };
    }
}
