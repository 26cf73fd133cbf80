using System.IO.Hashing;
using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Preparing;

namespace Thaw.Onnx.Architectures;

/// <summary>Where the file of a model's laid-out weights has each of them: aligned, in the order in which runs read them, without
/// tables that can be read where they are.</summary>
internal sealed class WeightLayout
{
    // In bytes: a cache line, the width of the widest vector loads, and ONNX Runtime's alignment for its own tensors.
    private const int Alignment = 64;

    private readonly GraphPlan _plan;
    private readonly ModelOutline _outline;
    private readonly long[] _offsets;

    public WeightLayout(GraphPlan plan, ModelOutline outline)
    {
        (_plan, _outline) = (plan, outline);
        if (plan.LaidOut is null)
        {
            _offsets = [];
            return;
        }

        _offsets = new long[plan.Slots.Count];
        for (int i = 0; i < _offsets.Length; i++)
        {
            if (!Has(plan.Slots[i])) continue;
            _offsets[i] = (Bytes + Alignment - 1) / Alignment * Alignment;
            Bytes = _offsets[i] + LengthOf(plan.Slots[i]);
        }
    }

    /// <summary>Length of the file; 0 if the model has no layout.</summary>
    public long Bytes { get; }

    /// <summary>A hash of everything that decides where the file has which element.</summary>
    public UInt128 Key
    {
        get
        {
            var hash = new XxHash128();
            if (_plan.LaidOut is { } graph) hash.Append(graph.Model.Span);
            hash.Append(MemoryMarshal.AsBytes(_offsets.AsSpan()));
            foreach (WeightSlot slot in _plan.Slots)
            {
                hash.Append(MemoryMarshal.AsBytes<long>([slot.IsTransposed ? 1 : 0]));
                foreach (WeightPart part in slot.Parts)
                    hash.Append(MemoryMarshal.AsBytes<long>([part.Initializer, part.Count, (long)StoredType(slot, part)]));
            }

            return hash.GetCurrentHashAsUInt128();
        }
    }

    public long OffsetOf(int slot) => _offsets[slot];

    /// <summary>Whether the file has a weight.</summary>
    public bool Has(WeightSlot slot) => !slot.IsTable || IsWidened(slot);

    /// <summary>Whether the model has a weight in float16 or bfloat16 and runs read it in float32.</summary>
    public bool IsWidened(WeightSlot slot) => slot.Parts.Any(part => StoredType(slot, part) != slot.ElementType);

    /// <summary>Writes the file's content.</summary>
    /// <param name="written">Called after each part with its number of bytes; may throw.</param>
    public void Write(Stream stream, Action<long> written)
    {
        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        long at = 0;
        for (int i = 0; i < _plan.Slots.Count; i++)
        {
            WeightSlot slot = _plan.Slots[i];
            if (!Has(slot)) continue;
            stream.Write(padding[..(int)(_offsets[i] - at)]);
            long columns = slot.IsTransposed ? _outline.Initializers[slot.Parts[0].Initializer].Dims[1] : 0;
            new PlacedWeight(BytesOf(slot), _offsets[i], columns).WriteTo(stream, written);
            at = _offsets[i] + LengthOf(slot);
        }
    }

    /// <summary>Checks the elements that cannot be read in place: the outline knows their dimensions only.</summary>
    /// <exception cref="ModelFormatException">They do not fit the dimensions.</exception>
    public void CheckCopies()
    {
        foreach (WeightSlot slot in _plan.Slots)
        {
            foreach (WeightPart part in slot.Parts)
            {
                if (part.Initializer >= 0 && _outline.Initializers[part.Initializer] is { Location: null } tensor)
                    _ = Elements(tensor, part.Count * MappedInitializer.ByteLength(tensor.ElementType, []));
            }
        }
    }

    /// <summary>Copies a weight that cannot be read in place.</summary>
    /// <param name="to">Where there is room for it.</param>
    public unsafe void Copy(WeightSlot slot, nint to)
    {
        const int LongestPart = 1 << 30;
        if (InFile(slot) is not { } bytes)
        {
            Join(slot, new Span<byte>((void*)to, checked((int)LengthOf(slot))));
            return;
        }

        for (long at = 0; at < bytes.Length; at += LongestPart)
        {
            int length = (int)Math.Min(LongestPart, bytes.Length - at);
            bytes.Read(at, length, new Span<byte>((byte*)to + at, length));
        }
    }

    /// <summary>In bytes.</summary>
    public long LengthOf(WeightSlot slot) => slot.Parts is [var only]
        ? MappedInitializer.ByteLength(slot.ElementType, _outline.Initializers[only.Initializer].Dims)
        : slot.Parts.Sum(part => part.Count) * MappedInitializer.ByteLength(slot.ElementType, []);

    private WeightBytes BytesOf(WeightSlot slot)
    {
        if (InFile(slot) is { } bytes) return bytes;
        var joined = new byte[LengthOf(slot)];
        Join(slot, joined);
        return new WeightBytes(joined);
    }

    /// <summary>A weight that a file has as a whole; otherwise null.</summary>
    private WeightBytes? InFile(WeightSlot slot) => slot.Parts is [var only] && _outline.Initializers[only.Initializer] is { Location: { } location } tensor
        ? new WeightBytes(_outline.FileOf(location), location.Offset, location.Length, IsWidened(slot) ? tensor.ElementType : null)
        : null;

    /// <summary>Copies the parts of a weight, one after the other.</summary>
    private void Join(WeightSlot slot, Span<byte> to)
    {
        long elementSize = MappedInitializer.ByteLength(slot.ElementType, []);
        foreach (WeightPart part in slot.Parts)
        {
            Span<byte> target = to[..checked((int)(part.Count * elementSize))];
            to = to[target.Length..];
            if (part.Initializer < 0)
            {
                target.Clear();
                continue;
            }

            OnnxTensor tensor = _outline.Initializers[part.Initializer];
            ReadOnlySpan<byte> elements = Elements(tensor, checked((int)(part.Count * MappedInitializer.ByteLength(tensor.ElementType, []))));
            if (tensor.ElementType == slot.ElementType) elements.CopyTo(target);
            else TensorValues.Widen(tensor.ElementType, elements, MemoryMarshal.Cast<byte, float>(target));
        }
    }

    private TensorElementType StoredType(WeightSlot slot, WeightPart part) =>
        part.Initializer < 0 ? slot.ElementType : _outline.Initializers[part.Initializer].ElementType;

    private ReadOnlySpan<byte> Elements(OnnxTensor tensor, long length)
    {
        ReadOnlySpan<byte> elements;
        if (tensor.Location is { } location) elements = _outline.FileOf(location).Span(location.Offset, (int)location.Length);
        else _ = TensorValues.TryRead(tensor, out elements);
        return elements.Length == length ? elements : throw new ModelFormatException($"the elements of {tensor.Name} do not have the size of the tensor");
    }
}
