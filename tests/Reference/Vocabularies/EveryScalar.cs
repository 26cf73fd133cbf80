using Thaw.Reference.Corpora;

namespace Thaw.Reference.Vocabularies;

/// <summary>
/// A WordPiece vocabulary with each Unicode scalar as a word and as a continuation, so that ids tell exactly which text
/// the normalizer made and where it was split; with a real vocabulary most of them become [UNK]. The parts of the
/// planes without assigned characters are left out: a million pieces that would take a gigabyte.
/// </summary>
public static class EveryScalar
{
    private static readonly Lazy<string> LazyWordPiece = new(() =>
    {
        IEnumerable<string> scalars = ScalarTexts.InUse().Alone();
        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. scalars, .. scalars.Select(scalar => $"##{scalar}")];
        return TokenizerText.WordPiece(pieces, specials: 5).ToJsonString();
    });

    public static string WordPiece => LazyWordPiece.Value;
}
