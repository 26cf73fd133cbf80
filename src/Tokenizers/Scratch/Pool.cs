using System.Buffers;

namespace Thaw.Tokenizers.Scratch;

/// <summary>Arrays that grow. They come from the shared pools, so that a call that needs more than the previous one allocates nothing either.</summary>
internal static class Pool
{
    private const int SmallestArray = 256;

    /// <summary>Makes <paramref name="array"/> at least <paramref name="needed"/> long; keeps the first <paramref name="used"/> elements.</summary>
    public static void Grow<T>(ref T[] array, int used, int needed)
    {
        if (needed <= array.Length)
            return;
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(Math.Max(needed, SmallestArray), 2 * used));
        array.AsSpan(0, used).CopyTo(larger);
        Release(ref array);
        array = larger;
    }

    /// <summary>Returns an array to its pool and replaces it by an empty one.</summary>
    public static void Release<T>(ref T[] array)
    {
        T[] old = array;
        array = [];
        if (old.Length > 0)
            ArrayPool<T>.Shared.Return(old);
    }
}
