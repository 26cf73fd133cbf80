namespace Thaw.TestModels.Format;

/// <summary>A whole model except the bytes of its initializers, which <see cref="ModelFileWriter"/> streams.</summary>
internal sealed record OnnxModel(
    MessageWriter Head, MessageWriter Nodes, IReadOnlyList<Initializer> Initializers, MessageWriter Values, MessageWriter Tail,
    int NodeCount, bool PackIntegers);
