using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Thaw.Tokenizers.Models;

/// <summary>
/// Immutable table from the UTF-8 bytes of a piece to its id. Open addressing in one array, with all keys in one byte array, so that a load
/// creates a few objects however many pieces there are.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>Length in bytes of the longest piece that the table accepts; far longer than any that a word can match.</summary>
    public const int MaxPieceLength = short.MaxValue;

    /// <summary>Lengths of this and more bytes share the highest bit of a length mask.</summary>
    private const int LongPiece = 64;

    private static readonly SharedInstances<Vocabulary> Instances = new();

    private readonly byte[] _bytes;
    private readonly byte[] _prefix;
    private readonly Slot[] _slots;

    // Which lengths occur, by first byte: for pieces that begin a word, then for those inside a word.
    private readonly ulong[] _lengths = new ulong[2 * 256];
    private int _longest;

    // The used slots in the order of their ids; made when a piece is first looked up by id.
    private int[]? _byId;

    private Vocabulary(PieceList pieces, byte[] continuingPrefix)
    {
        _bytes = pieces.Bytes.ToArray();
        _prefix = continuingPrefix;
        // At most two thirds full, so that a look-up probes fewer than two slots on average.
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)pieces.Count * 3 / 2 + 2)];
        foreach (Piece piece in pieces.Pieces)
            Add(piece);
    }

    /// <summary>The vocabulary of these pieces; of two equal ones the last counts.</summary>
    public static Vocabulary Of(PieceList pieces, byte[] continuingPrefix)
    {
        ulong hash = PieceHash.Compute(pieces.Bytes, continuing: false) ^ PieceHash.Compute(MemoryMarshal.AsBytes(pieces.Pieces), continuing: true);
        return Instances.GetOrAdd(hash, known => known.Has(pieces, continuingPrefix), () => new Vocabulary(pieces, continuingPrefix));
    }

    /// <summary>Number of distinct pieces.</summary>
    public int Count { get; private set; }

    /// <summary>The highest id of a piece; -1 if there is none.</summary>
    public int HighestId { get; private set; } = -1;

    /// <summary>Id of a whole piece as the file writes it, including the continuing prefix.</summary>
    public bool TryGetId(ReadOnlySpan<byte> piece, out int id)
    {
        bool continuing = piece.StartsWith(_prefix);
        return TryFind(continuing ? piece[_prefix.Length..] : piece, continuing, out id);
    }

    /// <summary>The piece with that id as the file writes it.</summary>
    public bool TryGetPiece(int id, out ReadOnlySpan<byte> piece)
    {
        // Two threads may make it at the same time, with the same content.
        int[] byId = Volatile.Read(ref _byId) ?? (_byId = SortById());
        int low = 0;
        for (int high = byId.Length; low < high;)
        {
            int middle = (low + high) >>> 1;
            if (_slots[byId[middle]].Id < id)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == byId.Length || _slots[byId[low]].Id != id)
        {
            piece = default;
            return false;
        }

        Slot slot = _slots[byId[low]];
        int prefix = (slot.Tag & 1) != 0 ? _prefix.Length : 0;
        piece = _bytes.AsSpan(slot.Offset - prefix, prefix + (int)((slot.Tag & 0xFFFF) >> 1));
        return true;
    }

    /// <summary>Finds the longest piece that <paramref name="text"/> begins with; inside a word only pieces with the continuing prefix count.</summary>
    public bool TryFindLongest(ReadOnlySpan<byte> text, bool insideWord, out int id, out int length)
    {
        if (!insideWord && text.StartsWith(_prefix))
            return TryFindAfterPrefix(text, out id, out length);
        return TryFindLongestStored(text, insideWord, out id, out length);
    }

    // A word that itself begins with the prefix. Pieces that begin with the prefix are stored without it.
    private bool TryFindAfterPrefix(ReadOnlySpan<byte> text, out int id, out int length)
    {
        ReadOnlySpan<byte> rest = text[_prefix.Length..];
        if (TryFindLongestStored(rest, continuing: true, out id, out length) || TryFind(rest[..0], continuing: true, out id))
        {
            length += _prefix.Length;
            return length > 0;
        }

        return TryFindLongestStored(_prefix.AsSpan(0, Math.Max(0, _prefix.Length - 1)), continuing: false, out id, out length);
    }

    private bool TryFindLongestStored(ReadOnlySpan<byte> text, bool continuing, out int id, out int length)
    {
        id = length = 0;
        if (text.IsEmpty)
            return false;

        ulong lengths = _lengths[(continuing ? 256 : 0) + text[0]];
        if (text.Length < LongPiece)
            lengths &= (1UL << text.Length) - 1;
        else if ((lengths & (1UL << (LongPiece - 1))) != 0)
        {
            lengths &= ~(1UL << (LongPiece - 1));
            for (length = Math.Min(text.Length, _longest); length >= LongPiece; length--)
            {
                if (TryFind(text[..length], continuing, out id))
                    return true;
            }
        }

        while (lengths != 0)
        {
            length = 64 - BitOperations.LeadingZeroCount(lengths);
            if (TryFind(text[..length], continuing, out id))
                return true;
            lengths &= ~(1UL << (length - 1));
        }

        length = 0;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFind(ReadOnlySpan<byte> key, bool continuing, out int id)
    {
        if (key.Length > MaxPieceLength)
        {
            id = 0;
            return false;
        }

        ulong hash = PieceHash.Compute(key, continuing);
        uint tag = Tag(hash, key.Length, continuing);
        Slot[] slots = _slots;
        for (int at = (int)hash & (slots.Length - 1); ; at = (at + 1) & (slots.Length - 1))
        {
            ref readonly Slot slot = ref slots[at];
            if (slot.Tag == tag && _bytes.AsSpan(slot.Offset, key.Length).SequenceEqual(key))
            {
                id = slot.Id;
                return true;
            }

            if (slot.Tag == 0)
            {
                id = 0;
                return false;
            }
        }
    }

    /// <summary>Whether it has exactly these pieces. Always false for a list with a piece that occurs twice.</summary>
    private bool Has(PieceList pieces, byte[] continuingPrefix)
    {
        if (pieces.Count != Count || !_prefix.AsSpan().SequenceEqual(continuingPrefix))
            return false;
        foreach (Piece piece in pieces.Pieces)
        {
            if (!TryGetId(pieces.Text(piece), out int id) || id != piece.Id)
                return false;
        }

        return true;
    }

    private void Add(Piece piece)
    {
        HighestId = Math.Max(HighestId, piece.Id);
        ReadOnlySpan<byte> key = _bytes.AsSpan(piece.Offset, piece.Length);
        bool continuing = key.StartsWith(_prefix);
        int offset = piece.Offset;
        if (continuing)
        {
            key = key[_prefix.Length..];
            offset += _prefix.Length;
        }

        ulong hash = PieceHash.Compute(key, continuing);
        uint tag = Tag(hash, key.Length, continuing);
        int at = (int)hash & (_slots.Length - 1);
        while (_slots[at].Tag != 0)
        {
            if (_slots[at].Tag == tag && _bytes.AsSpan(_slots[at].Offset, key.Length).SequenceEqual(key))
            {
                // The last of two equal pieces wins, as in the reference.
                _slots[at].Id = piece.Id;
                return;
            }

            at = (at + 1) & (_slots.Length - 1);
        }

        _slots[at] = new Slot { Tag = tag, Offset = offset, Id = piece.Id };
        Count++;
        if (key.Length == 0)
            return;
        _lengths[(continuing ? 256 : 0) + key[0]] |= 1UL << (Math.Min(key.Length, LongPiece) - 1);
        _longest = Math.Max(_longest, key.Length);
    }

    private int[] SortById()
    {
        int[] used = [.. Enumerable.Range(0, _slots.Length).Where(at => _slots[at].Tag != 0)];
        int[] ids = [.. used.Select(at => _slots[at].Id)];
        Array.Sort(ids, used);
        return used;
    }

    // 15 bits of the hash that the index does not use, one bit that is always set (0 is an empty slot), 15 of length, 1 of kind.
    private static uint Tag(ulong hash, int length, bool continuing) =>
        ((uint)(hash >> 48) | 1) << 16 | (uint)length << 1 | (continuing ? 1u : 0);

    private struct Slot
    {
        public uint Tag;
        public int Offset;
        public int Id;
    }
}
