using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>A loaded model. Any number of threads may run it at once. It keeps its environment alive.</summary>
public sealed unsafe class OrtSession : SafeHandle
{
    private const int LargestOnStack = 16;

    private readonly OrtEnvironment _environment;
    private bool _holdsEnvironment;

    // The names in memory that ONNX Runtime allocated, kept for the runs: first inputs, then outputs.
    private byte*[] _names = [];
    private nint _allocator;

    // The weights, if they are not in ONNX Runtime's own memory.
    private readonly MappedWeights? _weights;
    private bool _holdsWeights;

    private OrtSession(OrtEnvironment environment, MappedWeights? weights) : base(0, ownsHandle: true) => (_environment, _weights) = (environment, weights);

    public override bool IsInvalid => handle == 0;

    /// <summary>Whether its inputs and outputs must be copied to a device and back (<see cref="OrtBinding"/>).</summary>
    internal bool IsBound { get; set; }

    /// <summary>ONNX Runtime's default allocator, for host memory.</summary>
    internal nint Allocator => _allocator;

    public IReadOnlyList<TensorInfo> Inputs { get; private set; } = [];

    public IReadOnlyList<TensorInfo> Outputs { get; private set; } = [];

    /// <summary>Loads a model from its file.</summary>
    /// <param name="cancellation">Stops the load, some milliseconds after it is cancelled.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot load the file, and the message is its own; or the load was cancelled.</exception>
    public static OrtSession Load(OrtEnvironment environment, string path, SessionSettings settings, CancellationToken cancellation = default)
    {
        byte* nativePath = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            return Load(environment, settings, nativePath, default, null, [], cancellation);
        }
        finally
        {
            Utf8StringMarshaller.Free(nativePath);
        }
    }

    /// <summary>Loads a model from the bytes of its file, which are no longer needed when this returns.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot load the model; the message is its own.</exception>
    public static OrtSession Load(OrtEnvironment environment, ReadOnlySpan<byte> model, SessionSettings settings) =>
        Load(environment, settings, null, model, null, [], default);

    /// <summary>Loads a model whose weights are already in memory.</summary>
    /// <param name="weights">Kept alive by the session.</param>
    /// <param name="names">The initializers that the weights replace, in the same order.</param>
    /// <inheritdoc cref="Load(OrtEnvironment, string, SessionSettings, CancellationToken)"/>
    internal static OrtSession Load(
        OrtEnvironment environment,
        ReadOnlySpan<byte> model,
        MappedWeights weights,
        IReadOnlyList<string> names,
        SessionSettings settings,
        CancellationToken cancellation = default) =>
        Load(environment, settings, null, model, weights, names, cancellation);

    private static OrtSession Load(
        OrtEnvironment environment,
        SessionSettings settings,
        byte* path,
        ReadOnlySpan<byte> model,
        MappedWeights? weights,
        IReadOnlyList<string> names,
        CancellationToken cancellation)
    {
        var session = new OrtSession(environment, weights) { IsBound = settings.Cuda is not null };
        nint options = 0;
        try
        {
            environment.DangerousAddRef(ref session._holdsEnvironment);
            weights?.DangerousAddRef(ref session._holdsWeights);
            options = settings.CreateOptions();
            weights?.AddTo(options, names);
            nint created, parent = environment.DangerousGetHandle(), cancelled = options;
            using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
                _ => OrtStatus.Check(OrtApi.SessionOptionsSetLoadCancellationFlag(cancelled, 1)), null);
            if (path != null)
            {
                OrtStatus.Check(OrtApi.CreateSession(parent, path, options, &created));
            }
            else
            {
                fixed (byte* bytes = model)
                    OrtStatus.Check(OrtApi.CreateSessionFromArray(parent, bytes, (nuint)model.Length, options, &created));
            }

            session.SetHandle(created);
            session.ReadSignature();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
        finally
        {
            if (options != 0) OrtApi.ReleaseSessionOptions(options);
        }
    }

    internal byte* InputName(int index) => _names[index];

    internal byte* OutputName(int index) => _names[Inputs.Count + index];

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        // Without a native session ReleaseHandle is not called.
        if (IsInvalid) ReleaseParents();
    }

    protected override bool ReleaseHandle()
    {
        foreach (byte* name in _names)
        {
            if (name != null) _ = OrtApi.AllocatorFree(_allocator, name);
        }

        OrtApi.ReleaseSession(handle);
        ReleaseParents();
        return true;
    }

    private void ReleaseParents()
    {
        if (_holdsWeights) _weights!.DangerousRelease();
        _holdsWeights = false;
        if (_holdsEnvironment) _environment.DangerousRelease();
        _holdsEnvironment = false;
    }

    private void ReadSignature()
    {
        nint allocator;
        OrtStatus.Check(OrtApi.GetAllocatorWithDefaultOptions(&allocator));
        _allocator = allocator;
        nuint inputs, outputs;
        OrtStatus.Check(OrtApi.SessionGetInputCount(handle, &inputs));
        OrtStatus.Check(OrtApi.SessionGetOutputCount(handle, &outputs));
        _names = new byte*[(int)(inputs + outputs)];
        Inputs = ReadTensors((int)inputs, 0, OrtApi.SessionGetInputName, OrtApi.SessionGetInputTypeInfo);
        Outputs = ReadTensors((int)outputs, (int)inputs, OrtApi.SessionGetOutputName, OrtApi.SessionGetOutputTypeInfo);
    }

    private TensorInfo[] ReadTensors(
        int count,
        int firstName,
        delegate* unmanaged<nint, nuint, nint, byte**, nint> getName,
        delegate* unmanaged<nint, nuint, nint*, nint> getType)
    {
        var tensors = new TensorInfo[count];
        for (int i = 0; i < count; i++)
        {
            byte* name;
            OrtStatus.Check(getName(handle, (nuint)i, _allocator, &name));
            _names[firstName + i] = name;
            nint type;
            OrtStatus.Check(getType(handle, (nuint)i, &type));
            try
            {
                // Owned by the type info; zero if the value is not a tensor but a sequence or a map.
                nint tensor;
                OrtStatus.Check(OrtApi.CastTypeInfoToTensorInfo(type, &tensor));
                tensors[i] = ReadTensor(Marshal.PtrToStringUTF8((nint)name)!, tensor);
            }
            finally
            {
                OrtApi.ReleaseTypeInfo(type);
            }
        }

        return tensors;
    }

    private static TensorInfo ReadTensor(string name, nint tensor)
    {
        if (tensor == 0) return new TensorInfo(name, TensorElementType.Undefined, []);
        int elementType;
        OrtStatus.Check(OrtApi.GetTensorElementType(tensor, &elementType));
        return new TensorInfo(name, (TensorElementType)elementType, ReadShape(tensor).Dimensions.ToArray());
    }

    /// <summary>The dimensions of an <c>OrtTensorTypeAndShapeInfo</c>.</summary>
    internal static TensorShape ReadShape(nint tensor)
    {
        nuint rank;
        OrtStatus.Check(OrtApi.GetDimensionsCount(tensor, &rank));
        Span<long> dimensions = rank <= LargestOnStack ? stackalloc long[(int)rank] : new long[(int)rank];
        fixed (long* first = dimensions) OrtStatus.Check(OrtApi.GetDimensions(tensor, first, rank));
        return new TensorShape(dimensions);
    }
}
