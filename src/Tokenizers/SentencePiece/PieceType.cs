namespace Thaw.Tokenizers.SentencePiece;

/// <summary>What a piece of a SentencePiece model stands for; the values are those of the file format.</summary>
internal enum PieceType : byte
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
