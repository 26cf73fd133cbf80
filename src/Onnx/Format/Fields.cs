namespace Thaw.Onnx.Format;

/// <summary>Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), by message.</summary>
internal static class Fields
{
    internal static class Model
    {
        public const int IrVersion = 1, ProducerName = 2, ProducerVersion = 3, Domain = 4, ModelVersion = 5, DocString = 6, Graph = 7,
            OpsetImport = 8, MetadataProps = 14, TrainingInfo = 20;
    }

    internal static class OperatorSetId
    {
        public const int Domain = 1, Version = 2;
    }

    internal static class Graph
    {
        public const int Node = 1, Name = 2, Initializer = 5, DocString = 10, Input = 11, Output = 12, ValueInfo = 13, MetadataProps = 16;
    }

    internal static class Node
    {
        public const int Input = 1, Output = 2, Name = 3, OpType = 4, Attribute = 5, DocString = 6, Domain = 7, MetadataProps = 9;
    }

    internal static class Attribute
    {
        public const int Name = 1, Float = 2, Integer = 3, Text = 4, Tensor = 5, Graph = 6, Floats = 7, Integers = 8, Graphs = 11, Type = 20;
    }

    internal static class Tensor
    {
        public const int Dims = 1, DataType = 2, FloatData = 4, Int32Data = 5, Int64Data = 7, Name = 8, RawData = 9, DocString = 12,
            ExternalData = 13, DataLocation = 14;
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
        public const int Tensor = 1;
    }

    internal static class TensorType
    {
        public const int ElementType = 1, Shape = 2;
    }

    internal static class Shape
    {
        public const int Dimension = 1;
    }

    internal static class Dimension
    {
        public const int Value = 1, Parameter = 2;
    }
}
