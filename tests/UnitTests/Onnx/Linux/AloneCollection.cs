namespace Thaw.UnitTests.Onnx.Linux;

/// <summary>Tests that measure the whole process run when no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
