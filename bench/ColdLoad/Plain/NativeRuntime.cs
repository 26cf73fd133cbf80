using System.Runtime.InteropServices;

namespace Thaw.ColdLoad.Plain;

/// <summary>
/// ONNX Runtime's C API as any program calls it: an environment, session options with all defaults, <c>CreateSession(path)</c>, Run.
/// The numbers are indexes into <c>struct OrtApi</c> of onnxruntime_c_api.h.
/// </summary>
internal sealed class NativeRuntime
{
    private const uint ApiVersion = 29;
    private const int WarningLevel = 2;
    private const int DeviceAllocator = 0, DefaultMemory = 0;

    private readonly nint _table;
    private readonly nint _environment;
    private readonly nint _memory;
    private readonly RunModel _run;

    private delegate nint GetApiBase();

    private delegate nint GetApi(uint version);

    private delegate nint GetVersion();

    private delegate nint GetMessage(nint status);

    private delegate nint CreateEnvironment(int level, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, out nint environment);

    private delegate nint CreateObject(out nint created);

    private delegate nint CreateMemoryInfo(int allocator, int memory, out nint info);

    private delegate nint CreateSession(nint environment, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, nint options, out nint session);

    private delegate nint CreateTensor(nint memory, nint data, nuint bytes, long[] shape, nuint rank, int type, out nint tensor);

    private delegate nint GetData(nint tensor, out nint data);

    private delegate nint RunModel(
        nint session, nint options, nint[] inputNames, nint[] inputs, nuint inputCount,
        nint[] outputNames, nuint outputCount, [In, Out] nint[] outputs);

    private delegate void Release(nint released);

    /// <summary>Opens the library and creates the environment.</summary>
    public NativeRuntime(string library)
    {
        // struct OrtApiBase: GetApi and GetVersionString.
        nint apiBase = Marshal.GetDelegateForFunctionPointer<GetApiBase>(NativeLibrary.GetExport(NativeLibrary.Load(library), "OrtGetApiBase"))();
        Version = Marshal.PtrToStringUTF8(Marshal.GetDelegateForFunctionPointer<GetVersion>(Marshal.ReadIntPtr(apiBase, nint.Size))())!;
        _table = Marshal.GetDelegateForFunctionPointer<GetApi>(Marshal.ReadIntPtr(apiBase))(ApiVersion);
        if (_table == 0) throw new InvalidOperationException($"{library} is too old: it has no version {ApiVersion} of the C API.");
        Check(Function<CreateEnvironment>(3)(WarningLevel, "plain", out _environment));
        Check(Function<CreateMemoryInfo>(69)(DeviceAllocator, DefaultMemory, out _memory));
        _run = Function<RunModel>(9);
    }

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <summary>Loads a model; each call of the returned function runs it once. The model stays until the process ends.</summary>
    /// <inheritdoc cref="PlainModel"/>
    public PlainModel Load(string path, IReadOnlyList<string> inputs)
    {
        Check(Function<CreateObject>(10)(out nint options));
        Check(Function<CreateSession>(7)(_environment, path, options, out nint session));
        nint[] inputNames = [.. inputs.Select(Marshal.StringToCoTaskMemUTF8)];
        nint[] outputNames = [Marshal.StringToCoTaskMemUTF8("logits")];
        return (ids, texts, labels) => Run(session, inputNames, outputNames, PlainInput.Tensors(ids, inputs), texts, labels);
    }

    private float[] Run(nint session, nint[] inputNames, nint[] outputNames, long[][] tensors, int texts, int labels)
    {
        const int Int64Type = 7;
        // The native tensors read the arrays' memory until they are released, so after the call that creates them, too.
        GCHandle[] pins = [.. tensors.Select(tensor => GCHandle.Alloc(tensor, GCHandleType.Pinned))];
        nint[] values = new nint[tensors.Length];
        nint[] outputs = [0];
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                long[] shape = [texts, tensors[i].Length / texts];
                nuint bytes = (nuint)(tensors[i].Length * sizeof(long));
                Check(Function<CreateTensor>(49)(_memory, pins[i].AddrOfPinnedObject(), bytes, shape, (nuint)shape.Length, Int64Type, out values[i]));
            }

            Check(_run(session, 0, inputNames, values, (nuint)values.Length, outputNames, 1, outputs));
            Check(Function<GetData>(51)(outputs[0], out nint data));
            float[] logits = new float[texts * labels];
            Marshal.Copy(data, logits, 0, logits.Length);
            return logits;
        }
        finally
        {
            foreach (nint value in values.Append(outputs[0]).Where(value => value != 0)) Function<Release>(96)(value);
            foreach (GCHandle pin in pins) pin.Free();
        }
    }

    private T Function<T>(int index) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(Marshal.ReadIntPtr(_table, index * nint.Size));

    private void Check(nint status)
    {
        if (status == 0) return;
        throw new InvalidOperationException(Marshal.PtrToStringUTF8(Function<GetMessage>(2)(status)));
    }
}
