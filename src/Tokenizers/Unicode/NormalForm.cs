namespace Thaw.Tokenizers.Unicode;

/// <summary>Unicode normalization forms. Each value is the form's flag in the table of the characters that it can change.</summary>
internal enum NormalForm : byte
{
    Nfd = 1,
    Nfkd = 2,
    Nfc = 4,
    Nfkc = 8,
}
