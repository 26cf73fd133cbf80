namespace Thaw.Tokenizers.Normalizers;

/// <summary>The settings of the reference's BertNormalizer.</summary>
/// <param name="StripAccents">Null: as <paramref name="Lowercase"/>.</param>
internal readonly record struct BertNormalizerOptions(bool CleanText, bool HandleChineseChars, bool? StripAccents, bool Lowercase);
