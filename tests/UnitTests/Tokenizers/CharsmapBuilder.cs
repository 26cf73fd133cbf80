using System.Buffers.Binary;
using System.Text;

namespace Thaw.UnitTests.Tokenizers;

/// <summary>Makes a precompiled_charsmap: a double array (Darts) over the keys, and the texts that stand for them.</summary>
internal sealed class CharsmapBuilder
{
    private const uint LeafBit = 1 << 8;
    private const uint ValueBit = 1u << 31;

    private readonly List<uint> _units = [0];
    private readonly List<bool> _used = [true];
    private readonly HashSet<int> _bases = [];
    private int _from = 1;

    private CharsmapBuilder()
    {
    }

    public static byte[] Build(IReadOnlyDictionary<string, string> map)
    {
        var texts = new MemoryStream();
        var root = new Node();
        foreach ((string key, string text) in map)
        {
            Node node = root;
            foreach (byte label in Encoding.UTF8.GetBytes(key))
                node = node.Children.TryGetValue(label, out Node? child) ? child : node.Children[label] = new Node();
            node.Value = (int)texts.Length;
            texts.Write(Encoding.UTF8.GetBytes(text + "\0"));
        }

        var builder = new CharsmapBuilder();
        builder.Place(root);
        while (builder._units.Count % 256 != 0)
            builder._units.Add(0);
        var bytes = new byte[sizeof(uint) * (builder._units.Count + 1) + texts.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, sizeof(uint) * builder._units.Count);
        for (int i = 0; i < builder._units.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sizeof(uint) * (i + 1)), builder._units[i]);
        texts.ToArray().CopyTo(bytes, sizeof(uint) * (builder._units.Count + 1));
        return bytes;
    }

    public static string Base64(IReadOnlyDictionary<string, string> map) => Convert.ToBase64String(Build(map));

    // Breadth first: each node's children and value get their own base, where all their places are free.
    private void Place(Node root)
    {
        var queue = new Queue<(Node Node, int At)>([(root, 0)]);
        while (queue.TryDequeue(out (Node Node, int At) next))
        {
            int[] labels = [.. next.Node.Children.Keys, .. next.Node.Value >= 0 ? [0] : Array.Empty<int>()];
            int start = FreeBase(labels);
            _bases.Add(start);
            foreach (int label in labels)
                Use(start ^ label);
            _units[next.At] |= (uint)(next.At ^ start) << 10 | (next.Node.Value >= 0 ? LeafBit : 0);
            if (next.Node.Value >= 0)
                _units[start] = (uint)next.Node.Value | ValueBit;
            foreach ((int label, Node child) in next.Node.Children)
            {
                _units[start ^ label] = (uint)label;
                queue.Enqueue((child, start ^ label));
            }
        }
    }

    private int FreeBase(int[] labels)
    {
        while (_from < _used.Count && _used[_from] && _bases.Contains(_from))
            _from++;
        int start = labels.Length > 1 ? Math.Max(_from, _used.Count - 256) : _from;
        while (_bases.Contains(start) || labels.Any(label => (start ^ label) < _used.Count && _used[start ^ label]))
            start++;
        return start;
    }

    private void Use(int at)
    {
        while (_used.Count <= at)
        {
            _used.Add(false);
            _units.Add(0);
        }

        _used[at] = true;
    }

    private sealed class Node
    {
        public SortedDictionary<int, Node> Children { get; } = [];

        public int Value { get; set; } = -1;
    }
}
