namespace Thaw.TestModels.Format;

/// <summary>
/// Field numbers of the messages that a model is made of, from
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3; the same names, without the message's suffix "Proto".
/// </summary>
internal static class OnnxFields
{
    internal static class Model
    {
        public const int IrVersion = 1, ProducerName = 2, ProducerVersion = 3, Graph = 7, OpsetImport = 8;
    }

    internal static class OperatorSetId
    {
        public const int Domain = 1, Version = 2;
    }

    internal static class Graph
    {
        public const int Node = 1, Name = 2, Initializer = 5, Input = 11, Output = 12;
    }

    internal static class Node
    {
        public const int Input = 1, Output = 2, Name = 3, OpType = 4, Attribute = 5, Domain = 7;
    }

    internal static class Attribute
    {
        public const int Name = 1, F = 2, I = 3, T = 5, Ints = 8, Type = 20;
        public const int TypeFloat = 1, TypeInt = 2, TypeTensor = 4, TypeInts = 7;
    }

    internal static class Tensor
    {
        public const int Dims = 1, DataType = 2, FloatData = 4, Int32Data = 5, Name = 8, RawData = 9, ExternalData = 13, DataLocation = 14;
        public const int LocationExternal = 1;
    }

    internal static class StringStringEntry
    {
        public const int Key = 1, Value = 2;
    }

    internal static class ValueInfo
    {
        public const int Name = 1, Type = 2;
    }

    internal static class Type
    {
        public const int TensorType = 1, ElemType = 1, Shape = 2;
    }

    internal static class Shape
    {
        public const int Dim = 1, DimValue = 1, DimParam = 2;
    }
}
