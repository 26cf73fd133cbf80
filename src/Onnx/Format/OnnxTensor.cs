using System.Globalization;
using System.Text;

namespace Thaw.Onnx.Format;

/// <summary>A tensor (TensorProto): an initializer or an attribute's value. Immutable, as <see cref="OnnxNode"/> is.</summary>
internal sealed record OnnxTensor
{
    private readonly ReadOnlyMemory<byte>? _encoded;

    public OnnxTensor()
    {
    }

    private OnnxTensor(ReadOnlyMemory<byte> encoded) => _encoded = encoded;

    private OnnxTensor(OnnxTensor original)
    {
        Name = original.Name;
        ElementType = original.ElementType;
        Dims = original.Dims;
        RawData = original.RawData;
        Location = original.Location;
        Rest = original.Rest;
        WidenedFrom = original.WidenedFrom;
    }

    public string Name { get; init; } = "";

    public required TensorElementType ElementType { get; init; }

    public required IReadOnlyList<long> Dims { get; init; }

    /// <summary>The elements, little-endian; null when they are in a file, or in the field of their element type, which is part of
    /// <see cref="Rest"/> (<see cref="TensorValues"/> reads both forms).</summary>
    public ReadOnlyMemory<byte>? RawData { get; init; }

    /// <summary>Where the elements are if they are in a file; otherwise null.</summary>
    public TensorLocation? Location { get; init; }

    /// <summary>The type of the elements in the file if it is float16 or bfloat16 and the graph reads them as float32; otherwise null.</summary>
    public TensorElementType? WidenedFrom { get; init; }

    /// <summary>Fields without a property here, each with its tag.</summary>
    public ReadOnlyMemory<byte> Rest { get; init; }

    /// <exception cref="ModelFormatException">The message is damaged.</exception>
    public static OnnxTensor Parse(ReadOnlyMemory<byte> message)
    {
        string name = "";
        var type = TensorElementType.Undefined;
        List<long> dims = [];
        ReadOnlyMemory<byte>? rawData = null;
        var external = new ExternalData();
        var rest = new RestOfMessage();
        var reader = new FieldReader(message);
        while (reader.Next())
        {
            if (reader.Is(Fields.Tensor.Dims, WireType.Varint)) dims.Add(reader.Integer);
            else if (reader.Is(Fields.Tensor.Dims, WireType.Bytes)) ProtoField.ReadPacked(reader.Content.Span, dims);
            else if (reader.Is(Fields.Tensor.DataType, WireType.Varint)) type = (TensorElementType)reader.Integer;
            else if (reader.Is(Fields.Tensor.Name, WireType.Bytes)) name = reader.Text;
            else if (reader.Is(Fields.Tensor.RawData, WireType.Bytes)) rawData = reader.Content;
            else if (reader.Is(Fields.Tensor.ExternalData, WireType.Bytes) && external.TryAdd(reader.Content)) continue;
            else if (reader.Is(Fields.Tensor.DataLocation, WireType.Varint)) external.IsUsed = reader.Integer == Fields.Tensor.LocationExternal;
            else rest.Add(reader.Field);
        }

        return new OnnxTensor(message)
        {
            Name = name, ElementType = type, Dims = dims, RawData = rawData, Location = external.Location, Rest = rest.Bytes,
        };
    }

    /// <param name="ownFile">Name of the model file, used as the location of external data.</param>
    public void Write(ProtoWriter writer, int field, string? ownFile)
    {
        if (_encoded is { } encoded)
        {
            writer.Bytes(field, encoded.Span);
            return;
        }

        int start = writer.Begin();
        writer.Integers(Fields.Tensor.Dims, Dims);
        writer.Integer(Fields.Tensor.DataType, (long)ElementType);
        writer.Text(Fields.Tensor.Name, Name);
        if (RawData is { } rawData) writer.Bytes(Fields.Tensor.RawData, rawData.Span);
        writer.Raw(Rest.Span);
        if (Location is { } location)
        {
            string file = location.File ?? ownFile ?? throw new InvalidOperationException($"The name of the model file is needed for the location of {Name}.");
            WriteEntry(writer, "location", file);
            WriteEntry(writer, "offset", location.Offset.ToString(CultureInfo.InvariantCulture));
            WriteEntry(writer, "length", location.Length.ToString(CultureInfo.InvariantCulture));
            writer.Integer(Fields.Tensor.DataLocation, Fields.Tensor.LocationExternal);
        }

        writer.End(field, start);
    }

    private static void WriteEntry(ProtoWriter writer, string key, string value)
    {
        int start = writer.Begin();
        writer.Text(Fields.StringStringEntry.Key, key);
        writer.Text(Fields.StringStringEntry.Value, value);
        writer.End(Fields.Tensor.ExternalData, start);
    }

    /// <summary>The entries of external_data, collected while a tensor is read.</summary>
    private struct ExternalData
    {
        private string? _file;
        private long _offset;
        private long _length;

        public bool IsUsed { get; set; }

        public readonly TensorLocation? Location => IsUsed && _file is not null ? new TensorLocation(_file, _offset, _length) : null;

        /// <summary>False for an entry to be kept as it is, such as a checksum.</summary>
        public bool TryAdd(ReadOnlyMemory<byte> entry)
        {
            string key = "", value = "";
            var reader = new FieldReader(entry);
            while (reader.Next())
            {
                if (reader.Is(Fields.StringStringEntry.Key, WireType.Bytes)) key = Encoding.UTF8.GetString(reader.Content.Span);
                if (reader.Is(Fields.StringStringEntry.Value, WireType.Bytes)) value = Encoding.UTF8.GetString(reader.Content.Span);
            }

            switch (key)
            {
                case "location":
                    _file = value;
                    return true;
                case "offset":
                    _offset = Number(value);
                    return true;
                case "length":
                    _length = Number(value);
                    return true;
                default:
                    return false;
            }
        }

        // A number that another reader may understand must not be read as zero.
        private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ModelFormatException($"the offset or length of its external data, '{text}', is not a number");
    }
}
