namespace Thaw.Onnx.Format;

/// <summary>How a field is encoded. Groups (3 and 4), which ONNX never had, are refused.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
