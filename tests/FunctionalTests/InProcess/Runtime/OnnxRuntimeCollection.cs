namespace Thaw.FunctionalTests.InProcess.Runtime;

/// <summary>One environment for all tests that use ONNX Runtime inside this process.</summary>
[CollectionDefinition(nameof(OnnxRuntimeCollection))]
public sealed class OnnxRuntimeCollection : ICollectionFixture<OnnxRuntimeFixture>;
