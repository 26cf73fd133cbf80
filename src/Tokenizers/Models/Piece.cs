namespace Thaw.Tokenizers.Models;

/// <summary>A piece's place in the bytes of a <see cref="PieceList"/> or <see cref="Vocabulary"/>, including its continuing prefix.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct Piece(int Offset, int Length, int Id);
