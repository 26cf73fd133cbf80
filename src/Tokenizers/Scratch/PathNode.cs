namespace Thaw.Tokenizers.Scratch;

/// <summary>The best way to a position of a word.</summary>
/// <param name="Score">Sum of the pieces' scores.</param>
/// <param name="Id">The last piece.</param>
/// <param name="Link">The position where that piece begins; once the path is known, the one where the next piece ends.</param>
internal readonly record struct PathNode(double Score, int Id, int Link);
