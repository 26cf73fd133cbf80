using System.Runtime.CompilerServices;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// ONNX Runtime's C API: the function table that <c>OrtGetApiBase()->GetApi(n)</c> returns, called through unmanaged
/// function pointers. The numbers are positions in <c>struct OrtApi</c> of <c>onnxruntime_c_api.h</c>, which only ever grows
/// at its end. Pointers to opaque native objects are <see cref="nint"/>; a returned <see cref="nint"/> is an
/// <c>OrtStatus*</c>, zero for success, and goes through <see cref="OrtStatus.Check"/>.
/// </summary>
internal static unsafe class OrtApi
{
    /// <summary>Version of the header that this table was written from; the library must support it.</summary>
    public const uint Version = 29;

    /// <summary>Set once by <see cref="OrtLibrary.Open()"/>, before any other use.</summary>
    internal static nint* Table;

    private static void* At(int index) => (void*)Table[index];

    public static delegate* unmanaged<nint, int> GetErrorCode => (delegate* unmanaged<nint, int>)At(1);
    public static delegate* unmanaged<nint, byte*> GetErrorMessage => (delegate* unmanaged<nint, byte*>)At(2);
    public static delegate* unmanaged<nint, void> ReleaseStatus => (delegate* unmanaged<nint, void>)At(93);

    public static delegate* unmanaged<nint*, nint> CreateThreadingOptions => (delegate* unmanaged<nint*, nint>)At(121);
    public static delegate* unmanaged<nint, void> ReleaseThreadingOptions => (delegate* unmanaged<nint, void>)At(122);
    public static delegate* unmanaged<nint, int, nint> SetGlobalIntraOpNumThreads => (delegate* unmanaged<nint, int, nint>)At(147);
    public static delegate* unmanaged<nint, int, nint> SetGlobalInterOpNumThreads => (delegate* unmanaged<nint, int, nint>)At(148);
    public static delegate* unmanaged<nint, int, nint> SetGlobalSpinControl => (delegate* unmanaged<nint, int, nint>)At(149);

    public static delegate* unmanaged<delegate* unmanaged<void*, int, byte*, byte*, byte*, byte*, void>, void*, int, byte*, nint, nint*, nint>
        CreateEnvWithCustomLoggerAndGlobalThreadPools =>
        (delegate* unmanaged<delegate* unmanaged<void*, int, byte*, byte*, byte*, byte*, void>, void*, int, byte*, nint, nint*, nint>)At(151);
    public static delegate* unmanaged<nint, nint> DisableTelemetryEvents => (delegate* unmanaged<nint, nint>)At(6);
    public static delegate* unmanaged<nint, void> ReleaseEnv => (delegate* unmanaged<nint, void>)At(92);

    public static delegate* unmanaged<byte**, nuint*, nuint, nint*, nint> CreateArenaCfgV2 => (delegate* unmanaged<byte**, nuint*, nuint, nint*, nint>)At(164);
    public static delegate* unmanaged<nint, void> ReleaseArenaCfg => (delegate* unmanaged<nint, void>)At(157);
    public static delegate* unmanaged<nint, nint, nint, nint> CreateAndRegisterAllocator => (delegate* unmanaged<nint, nint, nint, nint>)At(144);
    public static delegate* unmanaged<nint*, nint> GetAllocatorWithDefaultOptions => (delegate* unmanaged<nint*, nint>)At(78);
    public static delegate* unmanaged<nint, void*, nint> AllocatorFree => (delegate* unmanaged<nint, void*, nint>)At(76);
    public static delegate* unmanaged<int, int, nint*, nint> CreateCpuMemoryInfo => (delegate* unmanaged<int, int, nint*, nint>)At(69);
    public static delegate* unmanaged<nint, void> ReleaseMemoryInfo => (delegate* unmanaged<nint, void>)At(94);

    public static delegate* unmanaged<nint*, nint> CreateSessionOptions => (delegate* unmanaged<nint*, nint>)At(10);
    public static delegate* unmanaged<nint, void> ReleaseSessionOptions => (delegate* unmanaged<nint, void>)At(100);
    public static delegate* unmanaged<nint, byte*, nint> SetOptimizedModelFilePath => (delegate* unmanaged<nint, byte*, nint>)At(11);
    public static delegate* unmanaged<nint, nint> DisableMemPattern => (delegate* unmanaged<nint, nint>)At(17);
    public static delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads => (delegate* unmanaged<nint, int, nint>)At(24);
    public static delegate* unmanaged<nint, int, nint> SetSessionGraphOptimizationLevel => (delegate* unmanaged<nint, int, nint>)At(23);
    public static delegate* unmanaged<nint, nint> DisablePerSessionThreads => (delegate* unmanaged<nint, nint>)At(120);
    public static delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry => (delegate* unmanaged<nint, byte*, byte*, nint>)At(130);

    public static delegate* unmanaged<nint, byte, nint> SessionOptionsSetLoadCancellationFlag => (delegate* unmanaged<nint, byte, nint>)At(293);

    public static delegate* unmanaged<nint, nint, nint> AppendCudaProvider => (delegate* unmanaged<nint, nint, nint>)At(204);
    public static delegate* unmanaged<nint*, nint> CreateCudaProviderOptions => (delegate* unmanaged<nint*, nint>)At(205);
    public static delegate* unmanaged<nint, byte**, byte**, nuint, nint> UpdateCudaProviderOptions =>
        (delegate* unmanaged<nint, byte**, byte**, nuint, nint>)At(206);
    public static delegate* unmanaged<nint, void> ReleaseCudaProviderOptions => (delegate* unmanaged<nint, void>)At(208);

    public static delegate* unmanaged<nint, byte*, nint, nint> AddInitializer => (delegate* unmanaged<nint, byte*, nint, nint>)At(150);

    public static delegate* unmanaged<nint, byte*, nint, nint*, nint> CreateSession => (delegate* unmanaged<nint, byte*, nint, nint*, nint>)At(7);
    public static delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint> CreateSessionFromArray =>
        (delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)At(8);
    public static delegate* unmanaged<nint, void> ReleaseSession => (delegate* unmanaged<nint, void>)At(95);
    public static delegate* unmanaged<nint, nuint*, nint> SessionGetInputCount => (delegate* unmanaged<nint, nuint*, nint>)At(30);
    public static delegate* unmanaged<nint, nuint*, nint> SessionGetOutputCount => (delegate* unmanaged<nint, nuint*, nint>)At(31);
    public static delegate* unmanaged<nint, nuint, nint*, nint> SessionGetInputTypeInfo => (delegate* unmanaged<nint, nuint, nint*, nint>)At(33);
    public static delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOutputTypeInfo => (delegate* unmanaged<nint, nuint, nint*, nint>)At(34);
    public static delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetInputName => (delegate* unmanaged<nint, nuint, nint, byte**, nint>)At(36);
    public static delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOutputName => (delegate* unmanaged<nint, nuint, nint, byte**, nint>)At(37);

    public static delegate* unmanaged<nint, nint*, nint> CastTypeInfoToTensorInfo => (delegate* unmanaged<nint, nint*, nint>)At(55);
    public static delegate* unmanaged<nint, int*, nint> GetTensorElementType => (delegate* unmanaged<nint, int*, nint>)At(60);
    public static delegate* unmanaged<nint, nuint*, nint> GetDimensionsCount => (delegate* unmanaged<nint, nuint*, nint>)At(61);
    public static delegate* unmanaged<nint, long*, nuint, nint> GetDimensions => (delegate* unmanaged<nint, long*, nuint, nint>)At(62);
    public static delegate* unmanaged<nint, void> ReleaseTypeInfo => (delegate* unmanaged<nint, void>)At(98);
    public static delegate* unmanaged<nint, void> ReleaseTensorTypeAndShapeInfo => (delegate* unmanaged<nint, void>)At(99);

    public static delegate* unmanaged<nint, long*, nuint, int, nint*, nint> CreateTensorAsOrtValue =>
        (delegate* unmanaged<nint, long*, nuint, int, nint*, nint>)At(48);
    public static delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint> CreateTensorWithDataAsOrtValue =>
        (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)At(49);
    public static delegate* unmanaged<nint, nint*, nint> GetTensorTypeAndShape => (delegate* unmanaged<nint, nint*, nint>)At(65);
    public static delegate* unmanaged<nint, void**, nint> GetTensorMutableData => (delegate* unmanaged<nint, void**, nint>)At(51);
    public static delegate* unmanaged<nint, byte**, nuint, nint> FillStringTensor => (delegate* unmanaged<nint, byte**, nuint, nint>)At(52);
    public static delegate* unmanaged<nint, nuint*, nint> GetStringTensorDataLength => (delegate* unmanaged<nint, nuint*, nint>)At(53);
    public static delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint> GetStringTensorContent =>
        (delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint>)At(54);
    public static delegate* unmanaged<nint, void> ReleaseValue => (delegate* unmanaged<nint, void>)At(96);

    public static delegate* unmanaged<nint*, nint> CreateRunOptions => (delegate* unmanaged<nint*, nint>)At(39);
    public static delegate* unmanaged<nint, void> ReleaseRunOptions => (delegate* unmanaged<nint, void>)At(97);
    public static delegate* unmanaged<nint, byte*, byte*, nint> AddRunConfigEntry => (delegate* unmanaged<nint, byte*, byte*, nint>)At(165);
    public static delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run =>
        (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)At(9);

    public static delegate* unmanaged<nint, nint, nint, nint> RunWithBinding => (delegate* unmanaged<nint, nint, nint, nint>)At(133);
    public static delegate* unmanaged<nint, nint*, nint> CreateIoBinding => (delegate* unmanaged<nint, nint*, nint>)At(134);
    public static delegate* unmanaged<nint, void> ReleaseIoBinding => (delegate* unmanaged<nint, void>)At(135);
    public static delegate* unmanaged<nint, byte*, nint, nint> BindInput => (delegate* unmanaged<nint, byte*, nint, nint>)At(136);
    public static delegate* unmanaged<nint, byte*, nint, nint> BindOutputToDevice => (delegate* unmanaged<nint, byte*, nint, nint>)At(138);
    public static delegate* unmanaged<nint, nint, nint**, nuint*, nint> GetBoundOutputValues => (delegate* unmanaged<nint, nint, nint**, nuint*, nint>)At(140);
    public static delegate* unmanaged<nint, nint> SynchronizeBoundInputs => (delegate* unmanaged<nint, nint>)At(202);
    public static delegate* unmanaged<nint, nint> SynchronizeBoundOutputs => (delegate* unmanaged<nint, nint>)At(203);

    /// <summary>The address of a UTF-8 literal. Literals live in the image, end with a zero byte and never move.</summary>
    public static byte* Literal(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in literal[0]));
}
