using System.Buffers;
using System.Runtime.CompilerServices;

namespace Thaw.Inference.Memory;

/// <summary>A growing buffer in a pooled array. Its one owner writes to it and disposes it; disposing it again does nothing.</summary>
/// <param name="capacity">Elements that fit before it grows.</param>
internal struct PooledBuffer<T>(int capacity) : IDisposable where T : unmanaged
{
    // In bytes. The pool would keep the memory of rare larger requests.
    private const int LargestPooled = 1 << 20;

    private T[] _elements = Rent(capacity);

    /// <summary>Elements written.</summary>
    public int Length { get; private set; }

    public readonly ReadOnlySpan<T> Written => _elements.AsSpan(0, Length);

    /// <summary>Room for more elements; <see cref="Advance"/> says how many were written.</summary>
    public Span<T> Reserve(int count)
    {
        if (_elements.Length - Length < count)
        {
            T[] larger = Rent(checked(Length + Math.Max(count, Length)));
            Written.CopyTo(larger);
            Return(_elements);
            _elements = larger;
        }

        return _elements.AsSpan(Length, count);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        T[] elements = Interlocked.Exchange(ref _elements, []);
        Length = 0;
        if (elements.Length > 0) Return(elements);
    }

    private static T[] Rent(int count) => IsPooled(count) ? ArrayPool<T>.Shared.Rent(count) : GC.AllocateUninitializedArray<T>(count);

    private static void Return(T[] elements)
    {
        if (IsPooled(elements.Length)) ArrayPool<T>.Shared.Return(elements);
    }

    private static bool IsPooled(int count) => (long)count * Unsafe.SizeOf<T>() <= LargestPooled;
}
