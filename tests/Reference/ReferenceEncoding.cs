namespace Thaw.Reference;

/// <summary>What the reference says of one text or pair.</summary>
/// <param name="Offsets">In code points of the text that the token comes from.</param>
/// <param name="Overflowing">The further windows of a text that was cut, in the reference's order.</param>
public sealed record ReferenceEncoding(
    int[] Ids, int[] TypeIds, int[] AttentionMask, int[] SpecialMask, (int Start, int End)[] Offsets, ReferenceEncoding[] Overflowing)
{
    internal static ReferenceEncoding Read(IntegerReader reader)
    {
        int overflowing = reader.Next();
        int length = reader.Next();
        return new ReferenceEncoding(
            reader.Next(length), reader.Next(length), reader.Next(length), reader.Next(length), Pairs(reader.Next(2 * length)),
            [.. Enumerable.Range(0, overflowing).Select(_ => Read(reader))]);
    }

    private static (int, int)[] Pairs(int[] values)
    {
        var pairs = new (int, int)[values.Length / 2];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = (values[2 * i], values[2 * i + 1]);
        return pairs;
    }
}
