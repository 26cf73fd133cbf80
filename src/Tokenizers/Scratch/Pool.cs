using System.Buffers;

namespace Thaw.Tokenizers.Scratch;

/// <summary>Arrays that grow. They come from the shared pools, so that a call which needs more than the last one allocates nothing either.</summary>
internal static class Pool
{
    private const int SmallestArray = 256;

    /// <summary>Makes <paramref name="array"/> hold <paramref name="needed"/> elements, of which the first <paramref name="used"/> are kept.</summary>
    public static void Grow<T>(ref T[] array, int used, int needed)
    {
        if (needed <= array.Length)
            return;
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(Math.Max(needed, SmallestArray), 2 * used));
        array.AsSpan(0, used).CopyTo(larger);
        Release(ref array);
        array = larger;
    }

    public static void Release<T>(ref T[] array)
    {
        T[] old = array;
        array = [];
        if (old.Length > 0)
            ArrayPool<T>.Shared.Return(old);
    }
}
