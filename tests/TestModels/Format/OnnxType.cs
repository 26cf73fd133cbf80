namespace Thaw.TestModels.Format;

/// <summary>Values of <c>TensorProto.DataType</c> in onnx.proto3.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
}
