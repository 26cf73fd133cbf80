using System.Globalization;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Format;

/// <summary>
/// Lays a model out in one file, or in two when the large tensors go to an external data file, and writes it in one
/// pass. All lengths are known before the first byte, so only one buffer is in memory.
/// </summary>
internal sealed class ModelFileWriter
{
    /// <summary>Bytes from which a tensor leaves the model: the default of onnx.save_model(size_threshold).</summary>
    public const int ExternalThreshold = 1024;

    /// <summary>Offsets are multiples of the page size, so that each tensor can be mapped on its own, as ONNX Runtime does.</summary>
    public const int ExternalAlignment = 4096;

    private const int BufferSize = 1 << 20;

    private readonly OnnxModel _model;
    private readonly string? _dataName;
    private readonly List<Entry> _entries = [];
    private readonly long _graphLength;

    /// <param name="dataName">The external data file's name, beside the model; null for a model of one file.</param>
    public ModelFileWriter(OnnxModel model, string? dataName)
    {
        _model = model;
        _dataName = dataName;
        _graphLength = model.Nodes.Length + model.Values.Length;
        foreach (Initializer initializer in model.Initializers)
        {
            var entry = Layout(initializer);
            _entries.Add(entry);
            _graphLength += MessageWriter.LengthDelimitedSize(OnnxFields.Graph.Initializer, entry.MessageLength);
        }

        ModelLength = model.Head.Length + MessageWriter.LengthDelimitedSize(OnnxFields.Model.Graph, _graphLength) + model.Tail.Length;
    }

    /// <summary>Bytes of the model file.</summary>
    public long ModelLength { get; }

    /// <summary>Bytes of the external data file; 0 without one.</summary>
    public long DataLength { get; private set; }

    public void Write(string path, WeightSource source)
    {
        float[] scratch = new float[BufferSize / sizeof(float)];
        using (FileStream file = Create(path, ModelLength))
        {
            file.Write(_model.Head.Written);
            WritePrefix(file, OnnxFields.Model.Graph, _graphLength);
            file.Write(_model.Nodes.Written);
            foreach (Entry entry in _entries)
            {
                WritePrefix(file, OnnxFields.Graph.Initializer, entry.MessageLength);
                file.Write(entry.Fields.Written);
                if (entry.Offset < 0) entry.Initializer.WriteTo(file, source, scratch);
            }

            file.Write(_model.Values.Written);
            file.Write(_model.Tail.Written);
        }

        if (_dataName is null) return;
        using FileStream data = Create(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, _dataName), DataLength);
        foreach (Entry entry in _entries.Where(entry => entry.Offset >= 0))
        {
            // A seek past the end leaves zeros.
            data.Position = entry.Offset;
            entry.Initializer.WriteTo(data, source, scratch);
        }
    }

    private Entry Layout(Initializer initializer)
    {
        var fields = new MessageWriter(_model.PackIntegers);
        fields.RepeatedInt64(OnnxFields.Tensor.Dims, initializer.Dims);
        fields.Int64(OnnxFields.Tensor.DataType, (long)initializer.Type);
        fields.String(OnnxFields.Tensor.Name, initializer.Name);
        if (_dataName is null || initializer.ByteLength < ExternalThreshold || initializer.DataField != OnnxFields.Tensor.RawData)
        {
            fields.LengthPrefix(initializer.DataField, initializer.ByteLength);
            return new Entry(initializer, fields, fields.Length + initializer.ByteLength, -1);
        }

        long offset = (DataLength + ExternalAlignment - 1) / ExternalAlignment * ExternalAlignment;
        DataLength = offset + initializer.ByteLength;
        fields.Message(OnnxFields.Tensor.ExternalData, KeyValue("location", _dataName));
        fields.Message(OnnxFields.Tensor.ExternalData, KeyValue("offset", offset.ToString(CultureInfo.InvariantCulture)));
        fields.Message(OnnxFields.Tensor.ExternalData, KeyValue("length", initializer.ByteLength.ToString(CultureInfo.InvariantCulture)));
        fields.Int64(OnnxFields.Tensor.DataLocation, OnnxFields.Tensor.LocationExternal);
        return new Entry(initializer, fields, fields.Length, offset);
    }

    private static MessageWriter KeyValue(string key, string value)
    {
        var message = new MessageWriter();
        message.String(OnnxFields.StringStringEntry.Key, key);
        message.String(OnnxFields.StringStringEntry.Value, value);
        return message;
    }

    private static FileStream Create(string path, long length) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = BufferSize, PreallocationSize = length,
    });

    private static void WritePrefix(Stream stream, int field, long length)
    {
        var prefix = new MessageWriter();
        prefix.LengthPrefix(field, length);
        stream.Write(prefix.Written);
    }

    /// <summary>One initializer's message: its fields up to the raw bytes, and where those go; -1 means right after them.</summary>
    private sealed record Entry(Initializer Initializer, MessageWriter Fields, long MessageLength, long Offset);
}
