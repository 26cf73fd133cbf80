namespace Thaw.Onnx.Format;

/// <summary>How a field is encoded. Groups (3 and 4) are refused; ONNX never had them.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
