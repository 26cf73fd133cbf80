using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Thaw.FunctionalTests.Support;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Tokens and text of the sample model over HTTP.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class TokenizeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly ServerProcess _server = fixture.Server;

    private sealed record Golden(string Text, int[] InputIds);

    private sealed record Token(int Id, string Text, bool Special, int? Start, int? Stop);

    [Fact]
    public async Task All_goldens_have_the_reference_tokenizers_ids_and_parts_of_their_text()
    {
        string name = await fixture.LoadSampleAsync();
        Golden[] goldens = [.. File.ReadLines(Path.Combine(Repository.Sample, "goldens.jsonl")).Select(Read)];
        Assert.True(goldens.Length > 20);
        Token[][] texts = Tokens(await PostAsync(name, "tokenize", new { inputs = goldens.Select(golden => golden.Text) }));
        Assert.Equal(goldens.Length, texts.Length);
        foreach ((Golden golden, Token[] tokens) in goldens.Zip(texts))
        {
            // The goldens are truncated to the model's length, with [SEP] at the end; tokens are not.
            Assert.Equal(golden.InputIds[..^1], tokens.Take(golden.InputIds.Length - 1).Select(token => token.Id));
            Assert.Equal(new Token(2, "[CLS]", true, null, null), tokens[0]);
            Assert.Equal(new Token(3, "[SEP]", true, null, null), tokens[^1]);
            Rune[] characters = [.. golden.Text.EnumerateRunes()];
            foreach (Token token in tokens[1..^1])
                Assert.Equal(token.Text, string.Concat(characters[token.Start!.Value..token.Stop!.Value]));
        }
    }

    [Fact]
    public async Task Ids_become_text_again()
    {
        string name = await fixture.LoadSampleAsync();
        Token[][] tokens = Tokens(await PostAsync(name, "tokenize", new { inputs = new[] { "Wo ist die Bibliothek?", "Où est la bibliothèque !" } }));
        int[][] ids = [.. tokens.Select(text => text.Select(token => token.Id).ToArray())];
        Assert.Equal("""["wo ist die bibliothek?","où est la bibliothèque!"]""", (await PostAsync(name, "detokenize", new { ids })).Body);
        Assert.Equal("""["wo ist die bibliothek?"]""", (await PostAsync(name, "detokenize", new { ids = ids[0] })).Body);
        Assert.Equal(
            """["[CLS] wo ist die bibliothek? [SEP]"]""", (await PostAsync(name, "detokenize", new { ids = ids[0], skip_special_tokens = false })).Body);
        Assert.Equal("""["",""]""", (await PostAsync(name, "detokenize", new { ids = new[] { [], new[] { int.MaxValue } } })).Body);
    }

    [Fact]
    public async Task A_short_answer_has_its_length_among_the_headers()
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await PostAsync(name, "tokenize", new { inputs = "Wo", add_special_tokens = false, offsets = "utf16" });
        Assert.Equal("application/json", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Encoding.UTF8.GetByteCount(answer.Body), answer.Message.Content.Headers.ContentLength);
        Assert.Equal(new Token(6663, "Wo", false, 0, 2), Assert.Single(Assert.Single(Tokens(answer))));
    }

    [Theory]
    [InlineData("tokenize", "")]
    [InlineData("tokenize", "{")]
    [InlineData("tokenize", "{}")]
    [InlineData("tokenize", """{"inputs":7}""")]
    [InlineData("tokenize", """{"inputs":[["a","b"]]}""")]
    [InlineData("tokenize", """{"inputs":"\ud800"}""")]
    [InlineData("tokenize", """{"inputs":"a","offsets":"line"}""")]
    [InlineData("tokenize", """{"inputs":"a","prompt_name":"query"}""")]
    [InlineData("tokenize", """{"ids":[1]}""")]
    [InlineData("detokenize", "")]
    [InlineData("detokenize", "{")]
    [InlineData("detokenize", """{"ids":7}""")]
    [InlineData("detokenize", """{"ids":[-1]}""")]
    [InlineData("detokenize", """{"ids":[4294967296]}""")]
    [InlineData("detokenize", """{"ids":[1.5]}""")]
    [InlineData("detokenize", """{"ids":[[1],2]}""")]
    [InlineData("detokenize", """{"ids":[[[]]]}""")]
    [InlineData("detokenize", """{"inputs":"a"}""")]
    public async Task A_wrong_body_is_a_bad_request_that_says_why(string operation, string body)
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await _server.PostAsync($"/models/{name}/{operation}", body);
        Assert.Equal(400, answer.Code);
        Assert.Equal("BadRequestException", answer.Json.GetProperty("type").GetString());
        Assert.InRange(answer.Error.Length, 10, 1900);
    }

    [Theory]
    [InlineData("tokenize", """{"inputs":"a"}""")]
    [InlineData("detokenize", """{"ids":[1]}""")]
    public async Task Errors_are_the_same_as_for_every_endpoint(string operation, string body)
    {
        string name = await fixture.LoadSampleAsync();
        Assert.Equal(404, (await _server.PostAsync($"/models/unknown/{operation}", body)).Code);
        Assert.Equal(415, (await _server.PostAsync($"/models/{name}/{operation}", body, "application/jsonlines")).Code);
        Assert.Equal(400, (await _server.PostAsync($"/models/{name}/{operation}", string.Concat(Enumerable.Repeat("[", 1_000_000)))).Code);
        Answer tooLarge = await _server.PostAsync($"/models/{name}/{operation}", new byte[(25 << 20) + 1]);
        Assert.Equal(413, tooLarge.Code);
        Assert.Contains("SAGEMAKER_MAX_PAYLOAD_IN_MB", tooLarge.Error);
    }

    [Fact]
    public async Task The_allowed_number_of_texts_and_ids_is_accepted_and_not_one_more()
    {
        string name = await fixture.LoadSampleAsync();
        Answer texts = await PostAsync(name, "tokenize", new { inputs = Enumerable.Repeat("", 2049) });
        Assert.Equal(400, texts.Code);
        Assert.Contains("THAW_MAX_TEXTS", texts.Error);
        Assert.Equal(2048, Tokens(await PostAsync(name, "tokenize", new { inputs = Enumerable.Repeat("", 2048) })).Length);

        Answer lists = await PostAsync(name, "detokenize", new { ids = Enumerable.Repeat(new[] { 1 }, 2049) });
        Assert.Equal(400, lists.Code);
        Assert.Contains("THAW_MAX_TEXTS", lists.Error);
        Answer most = await PostAsync(name, "detokenize", new { ids = Enumerable.Repeat(6663, 1 << 20) });
        Assert.Equal(3 * (1 << 20) - 1, most.Json[0].GetString()!.Length);
        Assert.Equal(400, (await PostAsync(name, "detokenize", new { ids = Enumerable.Repeat(6663, (1 << 20) + 1) })).Code);
    }

    [Fact]
    public async Task The_tokens_of_a_body_at_the_limit_come_in_parts_and_leave_little_behind()
    {
        string name = await fixture.LoadSampleAsync();
        // Each text has the maximum length. Together they have some 18 million tokens, which would take over a gigabyte in memory at once.
        string longest = string.Concat(Enumerable.Repeat("?! ", (1 << 20) / 3));
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { inputs = Enumerable.Repeat(longest, 24) });
        long before = _server.Memory.Peak;
        var request = new HttpRequestMessage(HttpMethod.Post, $"/models/{name}/tokenize") { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using HttpResponseMessage response = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Null(response.Content.Headers.ContentLength);
        (long length, string end) = await DrainAsync(await response.Content.ReadAsStreamAsync());
        Assert.True(length > 700_000_000, $"{length} bytes");
        Assert.EndsWith("""{"id":3,"text":"[SEP]","special":true,"start":null,"stop":null}]]""", end);
        Assert.InRange(_server.Memory.Peak - before, 0, 300L << 20);

        Answer longer = await PostAsync(name, "tokenize", new { inputs = longest + "abc" });
        Assert.Equal(400, longer.Code);
        Assert.Contains("parts", longer.Error);
    }

    [Fact]
    public async Task A_client_that_reads_no_answer_does_not_delay_an_unload()
    {
        string name = await fixture.LoadSampleAsync();
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { inputs = string.Concat(Enumerable.Repeat("?", 1 << 20)) });
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(RawRequest.Head($"/models/{name}/tokenize", body.Length));
        await stream.WriteAsync(body);
        var status = new byte[12];
        await stream.ReadExactlyAsync(status);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(status));

        Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
        // The rest of the answer still comes, to its end.
        (_, string end) = await DrainAsync(stream);
        Assert.EndsWith("]]\r\n0\r\n\r\n", end);
    }

    private Task<Answer> PostAsync(string name, string operation, object body) =>
        _server.PostAsync($"/models/{name}/{operation}", JsonSerializer.SerializeToUtf8Bytes(body));

    private static Token[][] Tokens(Answer answer)
    {
        Assert.Equal(200, answer.Code);
        return JsonSerializer.Deserialize<Token[][]>(answer.Body, JsonSerializerOptions.Web)!;
    }

    private static async Task<(long Length, string End)> DrainAsync(Stream stream)
    {
        var buffer = new byte[1 << 20];
        string end = "";
        long length = 0;
        for (int read; (read = await stream.ReadAsync(buffer)) > 0; length += read)
        {
            string part = end + Encoding.UTF8.GetString(buffer, Math.Max(0, read - 200), Math.Min(read, 200));
            end = part[Math.Max(0, part.Length - 200)..];
        }

        return (length, end);
    }

    private static Golden Read(string line)
    {
        JsonElement golden = JsonDocument.Parse(line).RootElement;
        return new Golden(golden.GetProperty("text").GetString()!, [.. golden.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())]);
    }
}
