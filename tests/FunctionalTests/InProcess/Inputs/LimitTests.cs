using System.Text.Json;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Onnx.Format;
using static Thaw.FunctionalTests.InProcess.Inputs.GraphEdit;

namespace Thaw.FunctionalTests.InProcess.Inputs;

/// <summary>Tokenizer and configuration that say another thing than the graph.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class LimitTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly EditedModels _models = new(runtime.Environment);

    public void Dispose() => _models.Dispose();

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_table_has_rows_is_refused()
    {
        string directory = _models.Write(_ => { });
        File.AppendAllText(Path.Combine(directory, "vocab.txt"), "another\n");
        Assert.Equal(
            "model.onnx: The model has a table of 120 tokens for 'input_ids', but its tokenizer has ids up to 120. Give it the tokenizer that it was trained "
            + "with.",
            _models.Refusal(directory));
    }

    [Fact]
    public async Task A_text_is_cut_to_the_rows_of_the_table_of_positions_whatever_the_files_say()
    {
        string directory = _models.Write(_ => { });
        EditedModels.EditFile(directory, "config.json", "\"max_position_embeddings\": 32", "\"max_position_embeddings\": 512");
        EditedModels.EditFile(directory, "tokenizer_config.json", "\"model_max_length\": 32", "\"model_max_length\": 512");
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(32, model.MaxTokens);
        string text = string.Join(' ', Enumerable.Repeat("a", 100));
        Assert.Equal((await _models.RunAsync(model, text))[0], (await _models.RunAsync(model, text[..61]))[0]);
    }

    [Fact]
    public void Without_a_limit_in_the_files_the_table_of_positions_gives_it()
    {
        string directory = _models.Write(_ => { });
        EditedModels.EditFile(directory, "config.json", "\"max_position_embeddings\": 32,", "");
        EditedModels.EditFile(directory, "tokenizer_config.json", "\"model_max_length\": 32,", "");
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(32, model.MaxTokens);
    }

    [Fact]
    public async Task A_pair_is_refused_if_the_model_knows_only_one_type_of_tokens()
    {
        string directory = _models.Write(OneType);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(1, model.TokenTypes);
        Result<EncodedTexts> single = await EditedModels.EncodeAsync(model, [("a b", null)]);
        single.Value!.Dispose();
        Result<EncodedTexts> pair = await EditedModels.EncodeAsync(model, [("a", null), ("a b", "c")]);
        Assert.Equal(InferenceErrorKind.InvalidRequest, pair.Error?.Kind);
        Assert.Equal("Text 2 has tokens of type 1, as the second text of a pair, but the model knows only 1 token type(s).", pair.Error!.Message);
    }

    [Fact]
    public async Task A_text_without_tokens_is_refused()
    {
        string directory = _models.Write(_ => { });
        File.Delete(Path.Combine(directory, "vocab.txt"));
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), """
            {"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
             "vocab":{"[UNK]":0,"a":1}}}
            """);
        using LoadedModel model = _models.Load(directory);
        Result<EncodedTexts> empty = await EditedModels.EncodeAsync(model, [("a", null), (" ", null)]);
        Assert.Equal(InferenceErrorKind.InvalidRequest, empty.Error?.Kind);
        Assert.Equal("Text 2 has no tokens: it is empty, and the tokenizer adds no special tokens.", empty.Error!.Message);
        Assert.Equal(2, (await _models.RunAsync(model, "a", "a a")).Length);
    }

    [Theory]
    [InlineData("\"pad_token_id\": 4", true)]
    [InlineData("\"pad_token_id\": 7", false)]
    [InlineData("\"pad_token_id\": null", false)]
    [InlineData("\"pad_token_id\": 500", false)]
    public async Task A_graph_that_looks_for_padding_among_the_ids_gets_only_the_padding_that_it_looks_for(string config, bool isPadded)
    {
        string directory = _models.Write(FirstTokenUnlessPadding);
        EditedModels.EditFile(directory, "config.json", "\"pad_token_id\": 0", config);
        WithoutPadToken(directory);
        using LoadedModel model = _models.Load(directory);
        Assert.Equal(!isPadded, model.Inputs.NeedsEqualLengths);
        float[][] alone = await _models.AloneAsync(model), together = await _models.RunAsync(model, EditedModels.Texts);
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], (left, right) => Math.Abs(left - right) < 1e-4);
    }

    [Theory]
    [InlineData("\"pad_token_id\": 4", true)]
    [InlineData("\"pad_token_id\": null", false)]
    public void A_fixed_length_whose_padding_changes_the_answer_needs_the_id_of_padding(string config, bool isServed)
    {
        string directory = _models.Write(graph =>
        {
            InputTests.MeanOfTokens(graph);
            foreach (string input in graph.Inputs.Select(input => input.Name).ToArray())
                Redeclare(graph, input, input, TensorElementType.Int64, ["batch", 24L]);
        });
        EditedModels.EditFile(directory, "config.json", "\"pad_token_id\": 0", config);
        WithoutPadToken(directory);
        if (isServed)
        {
            using LoadedModel model = _models.Load(directory);
            Assert.Equal((24, 4), (model.Inputs.Columns, model.Inputs.PadId));
        }
        else
        {
            Assert.Contains("no file names a padding token that fits", _models.Refusal(directory));
        }
    }

    /// <summary>A tokenizer.json that names no padding token.</summary>
    private static void WithoutPadToken(string directory)
    {
        string[] pieces = File.ReadAllLines(Path.Combine(directory, "vocab.txt"));
        string vocabulary = string.Join(',', pieces.Select((piece, id) => $"{JsonSerializer.Serialize(piece == "[PAD]" ? "[OTHER]" : piece)}:{id}"));
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), $$$"""
            {"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{ {{{vocabulary}}} } }}
            """);
        File.Delete(Path.Combine(directory, "tokenizer_config.json"));
        File.Delete(Path.Combine(directory, "special_tokens_map.json"));
    }

    /// <summary>Adds the number of ids that are not 4 to the logits.</summary>
    private static void FirstTokenUnlessPadding(OnnxGraph graph)
    {
        graph.Initializers.Add(Integers("four", 4));
        graph.Initializers.Add(Integers("along_tokens", 1));
        string logits = graph.Outputs[0].Name;
        OnnxAttribute toFloat = OnnxAttribute.Of("to", (long)TensorElementType.Float32);
        After(graph, logits, value => Node("Add", [value, "tokens_counted"], ""));
        graph.Nodes.InsertRange(graph.Nodes.Count - 1,
        [
            Node("Equal", ["input_ids", "four"], "is_padding"), Node("Not", ["is_padding"], "is_token"), Node("Cast", ["is_token"], "token_numbers", toFloat),
            Node("ReduceSum", ["token_numbers", "along_tokens"], "tokens_counted", OnnxAttribute.Of("keepdims", 1L)),
        ]);
    }

    private static void OneType(OnnxGraph graph)
    {
        int at = graph.Initializers.FindIndex(tensor => tensor.Name.Contains("token_type", StringComparison.Ordinal));
        OnnxTensor table = graph.Initializers[at];
        graph.Initializers[at] = table with { Dims = [1, table.Dims[1]], RawData = table.RawData!.Value[..(int)(table.Dims[1] * sizeof(float))] };
    }
}
