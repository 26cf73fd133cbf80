namespace Thaw.Onnx.Format;

/// <summary>A repeated field of messages. It is parsed on first access, and written back as it was read if it was never accessed.</summary>
internal sealed class RepeatedField<T>(Func<ReadOnlyMemory<byte>, T> parse)
{
    private readonly List<ReadOnlyMemory<byte>> _encoded = [];
    private List<T>? _items;

    /// <exception cref="ModelFormatException">A message is damaged.</exception>
    public List<T> Items => _items ??= [.. _encoded.Select(parse)];

    public void Add(ReadOnlyMemory<byte> message) => _encoded.Add(message);

    public void Write(ProtoWriter writer, int field, Action<T> write)
    {
        if (_items is not null) _items.ForEach(write);
        else _encoded.ForEach(message => writer.Bytes(field, message.Span));
    }
}
