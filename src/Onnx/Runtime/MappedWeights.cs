using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// Weights in mapped files, as native values that sessions use instead of the initializers of the same names. They are read in place. The
/// sessions keep them alive.
/// </summary>
internal sealed unsafe class MappedWeights : SafeHandle
{
    // ONNX Runtime's own tensors have this alignment.
    private const int Alignment = 64;

    private readonly MappedFile[] _files;
    private readonly List<nint> _copies = [];
    private readonly List<(string Name, nint Value)> _values = [];

    /// <param name="model">Owned by this object from now on, even if the constructor throws.</param>
    /// <param name="unaligned">Names of the initializers that are copied to aligned memory.</param>
    public MappedWeights(OnnxModelFile model, IReadOnlySet<string> unaligned) : base(0, ownsHandle: true)
    {
        // Only the files are kept: the model's graph is not needed any more.
        _files = [.. model.Files];
        SetHandle(model.File.AddressOf(0));
        nint memory = 0;
        try
        {
            const int DeviceAllocator = 0;
            const int DefaultMemory = 0;
            OrtStatus.Check(OrtApi.CreateCpuMemoryInfo(DeviceAllocator, DefaultMemory, &memory));
            foreach (OnnxTensor tensor in model.Graph.Initializers)
            {
                if (tensor.Location is not { } location) continue;
                nint address = model.AddressOf(location);
                Add(tensor, unaligned.Contains(tensor.Name) ? Copy(address, location.Length) : address, location.Length, memory);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            if (memory != 0) OrtApi.ReleaseMemoryInfo(memory);
        }
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Reads the whole content of the files, in parts.</summary>
    public void Read(Action<ReadOnlySpan<byte>> part)
    {
        const int LongestPart = 1 << 20;
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            foreach (MappedFile file in _files)
            {
                for (long at = 0; at < file.Length; at += LongestPart) part(file.Span(at, (int)Math.Min(LongestPart, file.Length - at)));
            }
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    public void AddTo(nint options)
    {
        foreach ((string name, nint value) in _values)
        {
            byte* nativeName = Utf8StringMarshaller.ConvertToUnmanaged(name);
            try
            {
                OrtStatus.Check(OrtApi.AddInitializer(options, nativeName, value));
            }
            finally
            {
                Utf8StringMarshaller.Free(nativeName);
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        foreach ((string _, nint value) in _values) OrtApi.ReleaseValue(value);
        foreach (nint copy in _copies) NativeMemory.AlignedFree((void*)copy);
        foreach (MappedFile file in _files) file.Dispose();
        return true;
    }

    private nint Copy(nint address, long length)
    {
        void* copy = NativeMemory.AlignedAlloc((nuint)length, Alignment);
        _copies.Add((nint)copy);
        NativeMemory.Copy((void*)address, copy, (nuint)length);
        return (nint)copy;
    }

    private void Add(OnnxTensor tensor, nint address, long length, nint memory)
    {
        long[] dims = [.. tensor.Dims];
        nint value;
        fixed (long* first = dims)
        {
            OrtStatus.Check(OrtApi.CreateTensorWithDataAsOrtValue(
                memory, (void*)address, (nuint)length, first, (nuint)dims.Length, (int)tensor.ElementType, &value));
        }

        _values.Add((tensor.Name, value));
    }
}
