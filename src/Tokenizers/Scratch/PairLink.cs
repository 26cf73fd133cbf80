namespace Thaw.Tokenizers.Scratch;

/// <summary>The neighbours of a symbol, and the rank of the pair that it makes with the next one.</summary>
internal struct PairLink
{
    public int Previous;
    public int Next;
    public int Rank;
}
