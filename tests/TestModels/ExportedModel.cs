using Thaw.TestModels.Bert;

namespace Thaw.TestModels;

/// <summary>A whole directory to serve, as optimum-cli export onnx writes it, except for tokenizer.json.</summary>
public static class ExportedModel
{
    public const string ModelName = "model.onnx";

    private const string DataName = ModelName + "_data";

    /// <summary>Names of the files that <see cref="Write"/> writes.</summary>
    public static IReadOnlyList<string> FileNames(BertOptions options) =>
    [
        "config.json", ModelName, .. options.ExternalData ? (string[])[DataName] : [],
        "special_tokens_map.json", "tokenizer_config.json", "vocab.txt",
    ];

    /// <summary>
    /// Writes model.onnx, model.onnx_data if asked for, config.json, vocab.txt, tokenizer_config.json and
    /// special_tokens_map.json. Creates the directory, overwrites these files, and removes an old external data file.
    /// </summary>
    /// <exception cref="ArgumentException">The options contradict each other; nothing is written.</exception>
    public static ModelSummary Write(string directory, BertOptions options)
    {
        options.Validate();
        Directory.CreateDirectory(directory);
        ConfigFiles.WriteModelConfig(Path.Combine(directory, "config.json"), options);
        ConfigFiles.WriteTokenizerConfig(Path.Combine(directory, "tokenizer_config.json"), options);
        ConfigFiles.WriteSpecialTokensMap(Path.Combine(directory, "special_tokens_map.json"));
        VocabularyFile.Write(Path.Combine(directory, "vocab.txt"), options.VocabularySize);
        if (!options.ExternalData) File.Delete(Path.Combine(directory, DataName));
        return BertModelFile.Write(Path.Combine(directory, ModelName), options);
    }
}
