using System.Text.Json.Nodes;
using Thaw.Tokenizers;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

/// <summary>A temporary directory with a SentencePiece model and a tokenizer_config.json.</summary>
internal sealed class SentencePieceDirectory : IDisposable
{
    private readonly TokenizerDirectory _directory = new();

    /// <param name="tokenizerClass">Decides the name of the file.</param>
    /// <param name="settings">Further settings of tokenizer_config.json.</param>
    public SentencePieceDirectory(string tokenizerClass, byte[] model, JsonObject? settings = null)
    {
        JsonObject config = settings?.DeepClone().AsObject() ?? [];
        config["tokenizer_class"] = tokenizerClass;
        _directory.Write("tokenizer_config.json", config.ToJsonString());
        string fileName = tokenizerClass switch
        {
            "XLMRobertaTokenizer" or "CamembertTokenizer" => "sentencepiece.bpe.model",
            "DebertaV2Tokenizer" => "spm.model",
            _ => "spiece.model",
        };
        _directory.Write(fileName, model);
    }

    public void Write(string name, string text) => _directory.Write(name, text);

    public Tokenizer Load() => _directory.Load();

    public TokenizerFileException Refused() => _directory.Refused();

    public void Dispose() => _directory.Dispose();
}
