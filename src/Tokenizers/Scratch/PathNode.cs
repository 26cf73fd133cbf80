namespace Thaw.Tokenizers.Scratch;

/// <summary>The best path to a position in a word.</summary>
/// <param name="Score">Sum of the scores of its pieces.</param>
/// <param name="Id">Its last piece.</param>
/// <param name="Link">The position where that piece begins; once the path is settled, the position where the next piece ends.</param>
internal readonly record struct PathNode(double Score, int Id, int Link);
