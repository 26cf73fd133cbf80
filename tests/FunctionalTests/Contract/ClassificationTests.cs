using System.Text.Json;
using Thaw.FunctionalTests.Support;

namespace Thaw.FunctionalTests.Contract;

/// <summary>The sample model's answers over HTTP, compared with PyTorch's, and the forms of request and answer.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class ClassificationTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly ServerProcess _server = fixture.Server;

    private sealed record Golden(string Text, float[] Logits, string Label, double Score);

    [Fact]
    public async Task The_sample_knows_french()
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await _server.InvokeAsync(name, """{"inputs":"Où est la bibliothèque ?"}""");
        Assert.Equal(200, answer.Code);
        Assert.Equal("application/json", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(answer.Message.Content.Headers.ContentLength);
        JsonElement only = Assert.Single(answer.Json.EnumerateArray());
        Assert.Equal("fr", only.GetProperty("label").GetString());
    }

    [Fact]
    public async Task All_goldens_have_PyTorchs_logits_label_and_score()
    {
        string name = await fixture.LoadSampleAsync();
        Golden[] goldens = [.. File.ReadLines(Path.Combine(Repository.Sample, "goldens.jsonl")).Select(Read)];
        Assert.True(goldens.Length > 30);
        foreach (Golden golden in goldens)
        {
            JsonElement single = (await _server.InvokeAsync(name, JsonSerializer.Serialize(new { inputs = golden.Text }))).Json[0];
            Assert.Equal(golden.Label, single.GetProperty("label").GetString());
            Assert.Equal(golden.Score, single.GetProperty("score").GetDouble(), 1e-3);
        }

        // All in one request: padded to the longest, the logits stay the same.
        string body = JsonSerializer.Serialize(new { input_text = goldens.Select(golden => golden.Text), parameters = new { function_to_apply = "none" } });
        JsonElement[] rows = [.. (await _server.InvokeAsync(name, body)).Json.EnumerateArray()];
        Assert.Equal(goldens.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            float[] logits = [.. rows[i].EnumerateArray().Select(value => value.GetSingle())];
            Assert.Equal(goldens[i].Logits.Length, logits.Length);
            for (int label = 0; label < logits.Length; label++) Assert.Equal(goldens[i].Logits[label], logits[label], 1e-3);
        }
    }

    [Fact]
    public async Task A_list_has_one_label_per_text_and_an_object_has_its_own()
    {
        string name = await fixture.LoadSampleAsync();
        JsonElement list = (await _server.InvokeAsync(name, """{"inputs":["Wo ist die Bibliothek?","Where can I find the library?"]}""")).Json;
        Assert.Equal(["de", "en"], list.EnumerateArray().Select(label => label.GetProperty("label").GetString()));
        JsonElement text = (await _server.InvokeAsync(name, """{"inputs":{"text":"Wo ist die Bibliothek?"}}""")).Json;
        Assert.Equal("de", text.GetProperty("label").GetString());
        Assert.Equal("[]", (await _server.InvokeAsync(name, """{"inputs":[]}""")).Body);
    }

    [Fact]
    public async Task Top_k_sorts_and_limits_the_labels()
    {
        string name = await fixture.LoadSampleAsync();
        JsonElement three = (await _server.InvokeAsync(name, """{"inputs":"Wo ist die Bibliothek?","parameters":{"top_k":3}}""")).Json;
        Assert.Equal(3, three.GetArrayLength());
        double[] scores = [.. three.EnumerateArray().Select(label => label.GetProperty("score").GetDouble())];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal("de", three[0].GetProperty("label").GetString());
        JsonElement all = (await _server.InvokeAsync(name, """{"inputs":["Wo ist die Bibliothek?"],"parameters":{"top_k":null}}""")).Json;
        Assert.Equal(30, all[0].GetArrayLength());
        Assert.Equal(1, all[0].EnumerateArray().Sum(label => label.GetProperty("score").GetDouble()), 1e-5);
    }

    [Fact]
    public async Task Input_text_answers_with_the_bare_score_vector_in_the_order_of_the_labels()
    {
        string name = await fixture.LoadSampleAsync();
        JsonElement scores = (await _server.InvokeAsync(name, """{"input_text":"Wo ist die Bibliothek?"}""")).Json;
        float[] vector = [.. scores.EnumerateArray().Select(score => score.GetSingle())];
        Assert.Equal(30, vector.Length);
        Assert.Equal(1, vector.Sum(), 1e-5);
        // id2label: 1 is de.
        Assert.Equal(1, Array.IndexOf(vector, vector.Max()));
    }

    [Theory]
    [InlineData("application/jsonlines")]
    [InlineData("application/x-ndjson")]
    public async Task Json_lines_answer_line_by_line(string contentType)
    {
        string name = await fixture.LoadSampleAsync();
        string body = """
            {"input_text":"Wo ist die Bibliothek?"}

            {"inputs":"Where can I find the library?"}
            {"input_text":"Où est la bibliothèque ?"}

            """;
        Answer answer = await _server.PostAsync($"/models/{name}/invoke", body, contentType);
        Assert.Equal("application/jsonlines", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("\n", answer.Body);
        JsonElement[] lines = [.. answer.Body.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal(30, lines[0].GetArrayLength());
        Assert.Equal("en", lines[1][0].GetProperty("label").GetString());
        float[] last = [.. lines[2].EnumerateArray().Select(score => score.GetSingle())];
        // id2label: 2 is fr.
        Assert.Equal(2, Array.IndexOf(last, last.Max()));
    }

    [Fact]
    public async Task A_text_longer_than_the_model_accepts_is_truncated_unless_truncation_is_off()
    {
        string name = await fixture.LoadSampleAsync();
        string text = string.Concat(Enumerable.Repeat("Wo ist die Bibliothek? ", 100));
        Answer cut = await _server.InvokeAsync(name, JsonSerializer.Serialize(new { inputs = text }));
        Assert.Equal("de", cut.Json[0].GetProperty("label").GetString());
        Answer refused = await _server.InvokeAsync(name, JsonSerializer.Serialize(new { inputs = text, parameters = new { truncation = false } }));
        Assert.Equal(400, refused.Code);
        Assert.Contains("48 tokens", refused.Error);
    }

    [Fact]
    public async Task Hundreds_of_texts_of_different_lengths_get_the_same_answers_as_each_alone()
    {
        string name = await fixture.LoadSampleAsync();
        string[] texts = [.. Enumerable.Range(0, 300).Select(number => string.Concat(Enumerable.Repeat("die Bibliothek ", number % 40)) + number)];
        JsonElement together = (await _server.InvokeAsync(name, JsonSerializer.Serialize(new { inputs = texts }))).Json;
        Assert.Equal(300, together.GetArrayLength());
        for (int i = 0; i < texts.Length; i += 17)
        {
            JsonElement alone = (await _server.InvokeAsync(name, JsonSerializer.Serialize(new { inputs = texts[i] }))).Json[0];
            Assert.Equal(alone.GetProperty("label").GetString(), together[i].GetProperty("label").GetString());
            Assert.Equal(alone.GetProperty("score").GetDouble(), together[i].GetProperty("score").GetDouble(), 1e-4);
        }
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    [InlineData(null)]
    public async Task Content_types_that_mean_json_are_accepted(string? contentType)
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await _server.PostAsync($"/models/{name}/invoke", """{"inputs":"Wo ist die Bibliothek?"}""", contentType);
        Assert.Equal(200, answer.Code);
    }

    [Fact]
    public async Task The_path_chooses_the_model_whatever_the_target_model_header_says()
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await _server.PostAsync(
            $"/models/{name}/invoke", """{"inputs":"Wo ist die Bibliothek?"}""", "application/json", ("X-Amzn-SageMaker-Target-Model", "another.tar.gz"));
        Assert.Equal("de", answer.Json[0].GetProperty("label").GetString());
    }

    [Fact]
    public async Task Custom_attributes_are_returned_only_if_the_setting_says_so()
    {
        (string, string) header = ("X-Amzn-SageMaker-Custom-Attributes", "trace=42");
        string name = await fixture.LoadSampleAsync();
        Answer silent = await _server.PostAsync($"/models/{name}/invoke", """{"inputs":"x"}""", "application/json", header);
        Assert.Equal(200, silent.Code);
        Assert.False(silent.Message.Headers.Contains("X-Amzn-SageMaker-Custom-Attributes"));

        await using ServerProcess echoing = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_ECHO_CUSTOM_ATTRIBUTES"] = "true" });
        await echoing.LoadAsync("m", Repository.Sample);
        Answer echoed = await echoing.PostAsync("/models/m/invoke", """{"inputs":"x"}""", "application/json", header);
        Assert.Equal("trace=42", Assert.Single(echoed.Message.Headers.GetValues("X-Amzn-SageMaker-Custom-Attributes")));
        string odd = await echoing.SendRawAsync([
            .. "POST /models/m/invoke HTTP/1.1\r\nHost: x\r\nX-Amzn-SageMaker-Custom-Attributes: caf\u00e9\u007f\r\n"u8,
            .. "Content-Length: 14\r\nConnection: close\r\n\r\n{\"inputs\":\"x\"}"u8,
        ]);
        Assert.StartsWith("HTTP/1.1 200 ", odd);
    }

    private static Golden Read(string line)
    {
        JsonElement json = JsonDocument.Parse(line).RootElement;
        return new Golden(
            json.GetProperty("text").GetString()!,
            [.. json.GetProperty("logits").EnumerateArray().Select(value => value.GetSingle())],
            json.GetProperty("label").GetString()!,
            json.GetProperty("score").GetDouble());
    }
}
