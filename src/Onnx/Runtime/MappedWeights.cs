using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// A model's weights as native values over mapped files: the inputs of a shared session's runs, or what a session of its own uses instead of its
/// initializers. They are read in place. Runs and sessions keep them alive.
/// </summary>
public sealed unsafe class MappedWeights : SafeHandle
{
    // ONNX Runtime's own tensors have this alignment.
    private const int Alignment = 64;

    private readonly MappedFile[] _files;
    private readonly List<nint> _copies = [];
    private nint[] _values = [];
    private int _count;

    /// <param name="files">Owned by this object from now on.</param>
    internal MappedWeights(IEnumerable<MappedFile> files) : base(0, ownsHandle: true)
    {
        _files = [.. files];
        MappedBytes = _files.Sum(file => file.Length);
        SetHandle(1);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes of the files.</summary>
    public long MappedBytes { get; }

    /// <summary>Bytes of private memory that hold copies of weights.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>The native values, in the order in which they were added.</summary>
    internal ReadOnlySpan<nint> Values => _values.AsSpan(0, _count);

    /// <summary>Makes room for a number of values. To be called once, before the first is added.</summary>
    internal void Reserve(int count) => _values = new nint[count];

    /// <summary>Copies a weight to aligned private memory, which lives as long as this object, and returns its address there.</summary>
    internal nint Copy(nint address, long length)
    {
        nint copy = Allocate(length);
        NativeMemory.Copy((void*)address, (void*)copy, (nuint)length);
        return copy;
    }

    /// <summary>Aligned private memory that lives as long as this object.</summary>
    internal nint Allocate(long length)
    {
        var memory = (nint)NativeMemory.AlignedAlloc((nuint)length, Alignment);
        _copies.Add(memory);
        CopiedBytes += length;
        return memory;
    }

    /// <summary>Adds a weight.</summary>
    /// <param name="address">Of its elements: in one of the files, or in <see cref="Allocate"/>d memory.</param>
    /// <param name="length">In bytes.</param>
    internal void Add(TensorElementType type, ReadOnlySpan<long> dims, nint address, long length)
    {
        nint value;
        fixed (long* first = dims)
        {
            OrtStatus.Check(OrtApi.CreateTensorWithDataAsOrtValue(
                OrtMemory.Cpu, (void*)address, (nuint)length, first, (nuint)dims.Length, (int)type, &value));
        }

        _values[_count++] = value;
    }

    /// <summary>Bytes of the kernel's page tables for the files; null if the system cannot tell. <see cref="ReleasePageTables"/> gives them back.</summary>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public long? PageTableBytes
    {
        get
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);
                long? bytes = 0;
                // Null if one of them is.
                foreach (MappedFile file in _files) bytes += file.PageTableBytes;
                return bytes;
            }
            finally
            {
                if (held) DangerousRelease();
            }
        }
    }

    /// <summary>Gives the page tables of the files back to the system until they are read again.</summary>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public void ReleasePageTables()
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            foreach (MappedFile file in _files) file.ReleasePageTables();
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Adds the values to a session's options, in place of its initializers of these names.</summary>
    internal void AddTo(nint options, IReadOnlyList<string> names)
    {
        for (int i = 0; i < _count; i++)
        {
            byte* name = Utf8StringMarshaller.ConvertToUnmanaged(names[i]);
            try
            {
                OrtStatus.Check(OrtApi.AddInitializer(options, name, _values[i]));
            }
            finally
            {
                Utf8StringMarshaller.Free(name);
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        foreach (nint value in Values) OrtApi.ReleaseValue(value);
        foreach (nint copy in _copies) NativeMemory.AlignedFree((void*)copy);
        foreach (MappedFile file in _files) file.Dispose();
        return true;
    }
}
