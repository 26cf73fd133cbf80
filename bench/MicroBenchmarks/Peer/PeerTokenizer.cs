using Microsoft.ML.Tokenizers;

namespace Thaw.MicroBenchmarks.Peer;

/// <summary>Microsoft.ML.Tokenizers with the settings closest to the model's.</summary>
internal static class PeerTokenizer
{
    public static BertTokenizer Load()
    {
        using FileStream vocabulary = File.OpenRead(TokenizerModel.VocabularyFile);
        return BertTokenizer.Create(vocabulary, new BertOptions { LowerCaseBeforeTokenization = true, RemoveNonSpacingMarks = TokenizerModel.StripsAccents });
    }
}
