namespace Thaw.Tokenizers;
public sealed class WordPieceTokenizer { public int MaxLength => 48; public int PadId => 0; public int SpecialTokensForOne => 2; public int SpecialTokensForPair => 3;
 public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids, out bool truncated) { truncated = false; ids[0] = 2; ids[1] = 3; return 2; }
 public int EncodePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<int> ids, out int secondStart, out bool truncated) { truncated = false; secondStart = 2; return 3; } }
public static class TokenizerFiles { public static WordPieceTokenizer Load(string directory) => new(); }
public sealed class TokenizerFileException(string m) : Exception(m);
