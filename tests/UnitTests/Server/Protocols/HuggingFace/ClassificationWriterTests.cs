using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.UnitTests.Server.Protocols.HuggingFace;

/// <summary>
/// The shapes of transformers' TextClassificationPipeline. The scores are given, and the function none leaves them as they are.
/// </summary>
public sealed class ClassificationWriterTests
{
    private const string A = """{"label":"a","score":0.25}""";
    private const string B = """{"label":"b","score":0.5}""";
    private const string C = """{"label":"c","score":0.125}""";
    private const string D = """{"label":"d","score":0.5}""";

    [Theory]
    [InlineData("\"x\"", "", $"[{B}]")]
    [InlineData("[\"x\"]", "", $"[{B}]")]
    [InlineData("[\"x\",\"y\"]", "", $"[{B},{B}]")]
    [InlineData("[]", "", "[]")]
    [InlineData("{\"text\":\"x\"}", "", B)]
    [InlineData("\"x\"", "\"top_k\":1", $"[{B}]")]
    [InlineData("\"x\"", "\"top_k\":3", $"[{B},{D},{A}]")]
    [InlineData("\"x\"", "\"top_k\":99", $"[{B},{D},{A},{C}]")]
    [InlineData("\"x\"", "\"top_k\":null", $"[{B},{D},{A},{C}]")]
    [InlineData("[\"x\"]", "\"top_k\":1", $"[[{B}]]")]
    [InlineData("[\"x\",\"y\"]", "\"top_k\":2", $"[[{B},{D}],[{B},{D}]]")]
    [InlineData("[]", "\"top_k\":2", "[]")]
    [InlineData("{\"text\":\"x\"}", "\"top_k\":2", $"[{B},{D}]")]
    [InlineData("\"x\"", "\"return_all_scores\":true", $"[[{A},{B},{C},{D}]]")]
    [InlineData("[\"x\",\"y\"]", "\"return_all_scores\":true", $"[[{A},{B},{C},{D}],[{A},{B},{C},{D}]]")]
    [InlineData("{\"text\":\"x\"}", "\"return_all_scores\":true", $"[{A},{B},{C},{D}]")]
    [InlineData("\"x\"", "\"return_all_scores\":false", $"[{B}]")]
    [InlineData("\"x\"", "\"return_all_scores\":true,\"top_k\":1", $"[{B}]")]
    public async Task Inputs_and_parameters_decide_the_shape(string inputs, string parameters, string expected)
    {
        string separator = parameters.Length > 0 ? "," : "";

        string answer = await AnswerAsync($$$"""{"inputs":{{{inputs}}},"parameters":{"function_to_apply":"none"{{{separator}}}{{{parameters}}}}}""");

        Assert.Equal(expected, answer);
        JsonDocument.Parse(answer).Dispose();
    }

    [Theory]
    [InlineData("\"x\"", "[0.25,0.5,0.125,0.5]")]
    [InlineData("[\"x\",\"y\"]", "[[0.25,0.5,0.125,0.5],[0.25,0.5,0.125,0.5]]")]
    public async Task Input_text_is_answered_with_bare_scores(string inputs, string expected) =>
        Assert.Equal(expected, await AnswerAsync($$$"""{"input_text":{{{inputs}}},"parameters":{"function_to_apply":"none"}}"""));

    [Fact]
    public async Task Each_line_is_answered_on_a_line() =>
        Assert.Equal(
            $"[{B}]\n[[{B},{D}],[{B},{D}]]\n[0.25,0.5,0.125,0.5]\n",
            await AnswerAsync(
                """
                {"inputs":"x","parameters":{"function_to_apply":"none"}}

                {"inputs":["x","y"],"parameters":{"function_to_apply":"none","top_k":2}}
                {"input_text":"x","parameters":{"function_to_apply":"none"}}
                """,
                lines: true));

    [Fact]
    public async Task Labels_come_back_as_they_are()
    {
        string[] labels = ["très \"bon\"", "中\\\n", "<&'+>", "😀"];

        string answer = await AnswerAsync("""{"inputs":"x","parameters":{"return_all_scores":true}}""", labels: labels);

        using JsonDocument json = JsonDocument.Parse(answer);
        Assert.Equal(labels, json.RootElement[0].EnumerateArray().Select(label => label.GetProperty("label").GetString()));
        Assert.Contains("très", answer);
    }

    [Fact]
    public async Task Without_a_function_the_models_own_is_applied()
    {
        using JsonDocument json = JsonDocument.Parse(await AnswerAsync("""{"inputs":"x","parameters":{"top_k":null}}"""));

        Assert.Equal(1, json.RootElement.EnumerateArray().Sum(label => label.GetProperty("score").GetDouble()), 1e-5);
    }

    [Fact]
    public async Task Each_item_has_its_own_function()
    {
        string[] answers = (await AnswerAsync(
            """
            {"input_text":"x","parameters":{"function_to_apply":"none"}}
            {"input_text":"x","parameters":{"function_to_apply":"sigmoid"}}
            {"input_text":"x"}
            """,
            lines: true)).Split('\n');

        Assert.Equal(1.375, Sum(answers[0]), 1e-5);
        Assert.Equal(2.338, Sum(answers[1]), 1e-3);
        Assert.Equal(1, Sum(answers[2]), 1e-5);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_output_that_is_not_a_number_is_an_error_before_anything_is_written(float bad)
    {
        using ClassificationRequest request = Bodies.Read("""{"inputs":["x","y"]}""").Value!;
        TextClassification classification = Model("a", "b", "c", "d");
        using FloatRows logits = Scores(2);
        logits.Row(1)[3] = bad;

        InferenceError? error = request.Score(classification, logits);

        Assert.Equal(InferenceErrorKind.Failed, error?.Kind);
    }

    [Fact]
    public async Task Scores_survive_a_round_trip_through_json()
    {
        var random = new Random(1);
        IEnumerable<float> many = Enumerable.Range(0, 500).Select(_ => random.NextSingle() * MathF.Pow(10, random.Next(-30, 3)));
        float[] scores = [.. many, float.Epsilon, float.MaxValue, -0f];
        using ClassificationRequest request = Bodies.Read("""{"input_text":"x","parameters":{"function_to_apply":"none"}}""").Value!;
        using var logits = new FloatRows(1, scores.Length);
        scores.CopyTo(logits.Row(0));

        string answer = await WriteAsync(request, Model([.. scores.Select((_, i) => $"{i}")]), logits);

        using JsonDocument json = JsonDocument.Parse(answer);
        Assert.Equal(scores, json.RootElement.EnumerateArray().Select(score => score.GetSingle()));
    }

    private static async Task<string> AnswerAsync(string body, bool lines = false, string[]? labels = null)
    {
        using ClassificationRequest request = Bodies.Read(body, lines).Value!;
        TextClassification classification = Model(labels ?? ["a", "b", "c", "d"]);
        using FloatRows logits = Scores(request.Texts.Count);
        Assert.Null(request.Score(classification, logits));
        return await WriteAsync(request, classification, logits);
    }

    private static async Task<string> WriteAsync(ClassificationRequest request, TextClassification classification, FloatRows scores)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await ClassificationWriter.WriteAsync(context.Response, request, classification, scores);
        Assert.Equal(body.Length, context.Response.ContentLength);
        Assert.Equal(request.Lines ? "application/jsonlines" : "application/json", context.Response.ContentType);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static TextClassification Model(params string[] labels) =>
        TextClassification.Create(
            new ModelConfig { Labels = labels }, "model.onnx", "logits", new LogitsOutput(0, TensorElementType.Float32, labels.Length),
            OutputFunction.None).Value!;

    private static FloatRows Scores(int texts)
    {
        var logits = new FloatRows(texts, 4);
        for (int i = 0; i < texts; i++) new[] { 0.25f, 0.5f, 0.125f, 0.5f }.CopyTo(logits.Row(i));
        return logits;
    }

    private static double Sum(string array)
    {
        using JsonDocument json = JsonDocument.Parse(array);
        return json.RootElement.EnumerateArray().Sum(score => score.GetDouble());
    }
}
