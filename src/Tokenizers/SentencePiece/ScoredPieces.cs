using System.Runtime.InteropServices;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.SentencePiece;

/// <summary>Pieces with scores; a piece's id is its index.</summary>
internal sealed class ScoredPieces : IDisposable
{
    private readonly List<double> _scores = [];

    public PieceList List { get; } = new();

    public ReadOnlySpan<double> Scores => CollectionsMarshal.AsSpan(_scores);

    public void Add(ReadOnlySpan<byte> text, double score)
    {
        List.Add(List.Store(text) with { Id = List.Count });
        _scores.Add(score);
    }

    public void Dispose() => List.Dispose();
}
