using System.Text.Json.Nodes;
using Thaw.Reference.Corpora;

namespace Thaw.Reference.Vocabularies;

/// <summary>
/// A WordPiece vocabulary with each Unicode scalar as a word and as a continuation, so that ids tell exactly which text
/// the normalizer made and where it was split; with a real vocabulary most of them become [UNK]. The parts of the
/// planes without assigned characters are left out: a million pieces that would take a gigabyte.
/// </summary>
public static class EveryScalar
{
    private static readonly Lazy<string> LazyWordPiece = new(() => TokenizerText.With(
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}}
        """,
        root =>
        {
            IEnumerable<string> scalars = ScalarTexts.InUse().Alone();
            string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. scalars, .. scalars.Select(scalar => $"##{scalar}")];
            root["model"]!["vocab"] = new JsonObject(pieces.Select((piece, id) => KeyValuePair.Create(piece, (JsonNode?)id)));
            for (int id = 0; id < 5; id++)
                root["added_tokens"]!.AsArray().Add(TokenizerText.AddedToken(pieces[id], id, special: true));
        }));

    public static string WordPiece => LazyWordPiece.Value;
}
