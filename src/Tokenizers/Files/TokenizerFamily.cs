namespace Thaw.Tokenizers.Files;

/// <summary>What kind of files a tokenizer is made from, and how: each after tokenizer.json is a group of the reference's classes.</summary>
internal enum TokenizerFamily
{
    /// <summary>tokenizer.json, whatever the class.</summary>
    Json,

    /// <summary>BertTokenizer and others with the same meaning of vocab.txt.</summary>
    WordPiece,

    Roberta,
    Deberta,
    Gpt2,
    XlmRoberta,
    Camembert,
    Albert,
    BigBird,
    DebertaV2,
    T5,
}
