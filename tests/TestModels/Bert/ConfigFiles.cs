using System.Globalization;
using System.Text.Json;

namespace Thaw.TestModels.Bert;

/// <summary>The JSON files that transformers' save_pretrained puts beside a model.</summary>
internal static class ConfigFiles
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    private static readonly (string Name, string Token)[] SpecialTokens =
    [
        ("cls_token", "[CLS]"), ("mask_token", "[MASK]"), ("pad_token", "[PAD]"), ("sep_token", "[SEP]"), ("unk_token", "[UNK]"),
    ];

    public static void WriteModelConfig(string path, BertOptions options) => Write(path, json =>
    {
        bool distil = options.Architecture == BertArchitecture.DistilBert;
        json.WriteStartArray("architectures");
        json.WriteStringValue(distil ? "DistilBertForSequenceClassification" : "BertForSequenceClassification");
        json.WriteEndArray();
        json.WriteString("model_type", distil ? "distilbert" : "bert");
        if (options.ProblemType is not null) json.WriteString("problem_type", options.ProblemType);
        string activation = options.Activation == Activation.Gelu ? "gelu" : "gelu_new";
        if (distil)
        {
            json.WriteString("activation", activation);
            json.WriteNumber("dim", options.HiddenSize);
            json.WriteNumber("n_layers", options.Layers);
            json.WriteNumber("n_heads", options.Heads);
            json.WriteNumber("hidden_dim", options.FeedForwardSize);
        }
        else
        {
            json.WriteString("hidden_act", activation);
            json.WriteNumber("hidden_size", options.HiddenSize);
            json.WriteNumber("num_hidden_layers", options.Layers);
            json.WriteNumber("num_attention_heads", options.Heads);
            json.WriteNumber("intermediate_size", options.FeedForwardSize);
            json.WriteNumber("type_vocab_size", BertOptions.TokenTypeCount);
            json.WritePropertyName("layer_norm_eps");
            json.WriteRawValue("1e-12");
        }

        json.WriteNumber("vocab_size", options.VocabularySize);
        json.WriteNumber("max_position_embeddings", options.MaxPositions);
        json.WriteNumber("pad_token_id", 0);
        json.WriteStartObject("id2label");
        for (int i = 0; i < options.Labels; i++) json.WriteString(i.ToString(CultureInfo.InvariantCulture), $"LABEL_{i}");
        json.WriteEndObject();
        json.WriteStartObject("label2id");
        for (int i = 0; i < options.Labels; i++) json.WriteNumber($"LABEL_{i}", i);
        json.WriteEndObject();
    });

    public static void WriteTokenizerConfig(string path, BertOptions options) => Write(path, json =>
    {
        bool distil = options.Architecture == BertArchitecture.DistilBert;
        json.WriteString("tokenizer_class", distil ? "DistilBertTokenizer" : "BertTokenizer");
        json.WriteBoolean("do_lower_case", true);
        json.WriteNull("strip_accents");
        json.WriteBoolean("tokenize_chinese_chars", true);
        json.WriteNumber("model_max_length", options.MaxPositions);
        WriteSpecialTokens(json);
    });

    public static void WriteSpecialTokensMap(string path) => Write(path, WriteSpecialTokens);

    private static void WriteSpecialTokens(Utf8JsonWriter json)
    {
        foreach ((string name, string token) in SpecialTokens) json.WriteString(name, token);
    }

    private static void Write(string path, Action<Utf8JsonWriter> content)
    {
        using FileStream file = File.Create(path);
        using (var json = new Utf8JsonWriter(file, Indented))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }
}
