using System.Runtime.InteropServices;
using Thaw.Harness;

namespace Thaw.ColdLoad.Density;

/// <summary>Gives words of a model file other embeddings, in place: a quick way to make another model.</summary>
internal static class WordEmbeddings
{
    private const int HeadBytes = 4 << 20;

    // The exporter's name followed by raw_data's tag, which distinguishes the tensor from the node that reads it.
    private static ReadOnlySpan<byte> TensorName => "embeddings.word_embeddings.weight\x4A"u8;

    /// <exception cref="HarnessException">The file has no word embeddings.</exception>
    public static void Change(string path, int hiddenSize, IEnumerable<long> words, int seed)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] head = new byte[Math.Min(HeadBytes, file.Length)];
        file.ReadExactly(head);
        int at = head.AsSpan().IndexOf(TensorName);
        if (at < 0) throw new HarnessException($"{path} has no word embeddings in its first {HeadBytes >> 20} MB.");
        at += TensorName.Length;
        // Skip the length of raw_data, a varint.
        while (head[at++] >= 0x80)
        {
        }

        var random = new Random(seed);
        float[] row = new float[hiddenSize];
        foreach (long word in words.Distinct())
        {
            for (int i = 0; i < row.Length; i++) row[i] = random.NextSingle() * 2 - 1;
            file.Position = at + word * hiddenSize * sizeof(float);
            file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        }
    }
}
