using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Thaw.FunctionalTests.Support;

namespace Thaw.FunctionalTests.Contract;

/// <summary>What any client can send: each gives a clear error, and the server goes on.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class HostileInputTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly ServerProcess _server = fixture.Server;

    [Theory]
    [InlineData("")]
    [InlineData("   \r\n")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("""{"inputs":null}""")]
    [InlineData("""{"inputs":7}""")]
    [InlineData("""{"inputs":[1,2]}""")]
    [InlineData("""{"inputs":[["a","b"]]}""")]
    [InlineData("""{"inputs":"a","inputs":"b"}""")]
    [InlineData("""{"inputs":"a","input_text":"b"}""")]
    [InlineData("""{"input":"a"}""")]
    [InlineData("""{"inputs":"a"} trailing""")]
    [InlineData("""{"inputs":"a"}{"inputs":"b"}""")]
    [InlineData("""{"inputs":"\ud800"}""")]
    [InlineData("""{"inputs":"\ud800\ud800"}""")]
    [InlineData("""{"inputs":"\x"}""")]
    [InlineData("""{"inputs":"a","parameters":7}""")]
    [InlineData("""{"inputs":"a","parameters":{"top_k":0}}""")]
    [InlineData("""{"inputs":"a","parameters":{"top_k":"all"}}""")]
    [InlineData("""{"inputs":"a","parameters":{"max_length":1}}""")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":"tanh"}}""")]
    [InlineData("""{"inputs":"a","parameters":{"unknown":true}}""")]
    public async Task A_wrong_invoke_body_is_a_bad_request_that_says_why(string body)
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await _server.InvokeAsync(name, body);
        Assert.Equal(400, answer.Code);
        Assert.Equal("BadRequestException", answer.Json.GetProperty("type").GetString());
        Assert.InRange(answer.Error.Length, 10, 1900);
        await AssertServesAsync(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"model_name":"a"}""")]
    [InlineData("""{"url":"/tmp"}""")]
    [InlineData("""{"model_name":"","url":"/tmp"}""")]
    [InlineData("""{"model_name":7,"url":"/tmp"}""")]
    [InlineData("""{"model_name":"\ud800","url":"/tmp"}""")]
    [InlineData("""{"model_name":"..","url":"/tmp"}""")]
    [InlineData("""{"model_name":"a\nb","url":"/tmp"}""")]
    [InlineData("""{"model_name":"a","url":"/tmp"} x""")]
    [InlineData("""{"model_name":"a","url":"relative/path"}""")]
    [InlineData("""{"model_name":"a","url":"/does/not/exist"}""")]
    [InlineData("""{"model_name":"a","url":"/proc/self"}""")]
    [InlineData("""{"model_name":"a","url":"/proc/self/cwd/../../sys/kernel"}""")]
    [InlineData("""{"model_name":"a","url":"/dev"}""")]
    [InlineData("""{"model_name":"a","url":"/etc/passwd"}""")]
    [InlineData("""{"model_name":"a","url":"/etc"}""")]
    [InlineData("""{"model_name":"a","url":"/tmp/\u0000x"}""")]
    [InlineData("""{"model_name":"a","url":"s3://bucket/model"}""")]
    public async Task A_wrong_load_body_is_a_bad_request_that_says_why(string body)
    {
        Answer answer = await _server.PostAsync("/models", body);
        Assert.Equal(400, answer.Code);
        Assert.InRange(answer.Error.Length, 10, 1900);
        Assert.DoesNotContain("\"a\"", (await _server.GetAsync("/models")).Body);
    }

    [Theory]
    [InlineData(10_000, "[")]
    [InlineData(10_000, "{\"a\":")]
    [InlineData(1_000_000, "[")]
    public async Task Deeply_nested_json_is_a_bad_request(int depth, string opening)
    {
        string name = await fixture.LoadSampleAsync();
        string nested = string.Concat(Enumerable.Repeat(opening, depth));
        Assert.Equal(400, (await _server.InvokeAsync(name, nested)).Code);
        Assert.Equal(400, (await _server.InvokeAsync(name, "{\"inputs\":" + nested)).Code);
        Assert.Equal(400, (await _server.InvokeAsync(name, "{\"inputs\":\"a\",\"parameters\":{\"padding\":" + nested)).Code);
        Assert.Equal(400, (await _server.PostAsync("/models", nested)).Code);
        await AssertServesAsync(name);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xc0, 0x80 })]
    public async Task Invalid_utf8_is_a_bad_request(byte[] text)
    {
        string name = await fixture.LoadSampleAsync();
        byte[] body = [.. "{\"inputs\":\""u8, .. text, .. "\"}"u8];
        Assert.Equal(400, (await _server.PostAsync($"/models/{name}/invoke", body)).Code);
        body = [.. "{\"model_name\":\""u8, .. text, .. "\",\"url\":\"/tmp\"}"u8];
        Assert.Equal(400, (await _server.PostAsync("/models", body)).Code);
        await AssertServesAsync(name);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/csv")]
    [InlineData(";;;")]
    public async Task An_unsupported_content_type_says_which_is_supported(string contentType)
    {
        string name = await fixture.LoadSampleAsync();
        Answer invoke = await _server.PostAsync($"/models/{name}/invoke", """{"inputs":"a"}""", contentType);
        Answer load = await _server.PostAsync("/models", """{"model_name":"a","url":"/tmp"}""", contentType);
        Assert.Equal([415, 415], [invoke.Code, load.Code]);
        Assert.Contains("application/json", invoke.Error);
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/unknown", 404)]
    [InlineData("GET", "/models/x/y", 404)]
    [InlineData("POST", "/ping", 405)]
    [InlineData("DELETE", "/models", 405)]
    [InlineData("PUT", "/models/x", 405)]
    [InlineData("GET", "/models/x/invoke", 405)]
    [InlineData("GET", "/models/x/tokenize", 405)]
    [InlineData("PUT", "/models/x/detokenize", 405)]
    [InlineData("GET", "/models/%ff", 404)]
    [InlineData("GET", "/models/%", 404)]
    [InlineData("GET", "/models/a/../b", 404)]
    public async Task Unknown_paths_and_wrong_methods_answer_in_json(string method, string path, int status)
    {
        string response = await _server.SendRawAsync(
            Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith($"HTTP/1.1 {status} ", response);
        JsonElement body = JsonDocument.Parse(response[response.IndexOf("\r\n\r\n", StringComparison.Ordinal)..]).RootElement;
        Assert.Equal(status, body.GetProperty("code").GetInt32());
        if (status == 405) Assert.Contains("\r\nAllow: ", response);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("GET /models/%00 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /ping HTTP/9.9\r\n\r\n")]
    [InlineData("GET /ping HTTP/1.1\r\n\r\n")]
    [InlineData("POST /models HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /models HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /models HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")]
    [InlineData("POST /models HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"model_name\"")]
    public async Task Broken_http_closes_at_most_its_own_connection(string request)
    {
        string response = await _server.SendRawAsync(Encoding.ASCII.GetBytes(request), hangUp: true);
        bool isRefused = response.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || response.StartsWith("HTTP/1.1 5", StringComparison.Ordinal);
        Assert.True(response.Length == 0 || isRefused, response);
        Assert.Equal(200, (await _server.GetAsync("/ping")).Code);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = "1" });
        await server.LoadAsync("m", Repository.Sample);
        byte[] largest = BodyOf(1 << 20);
        Assert.Equal(200, (await server.PostAsync("/models/m/invoke", largest)).Code);
        Answer refused = await server.PostAsync("/models/m/invoke", BodyOf((1 << 20) + 1));
        Assert.Equal(413, refused.Code);
        Assert.Contains("SAGEMAKER_MAX_PAYLOAD_IN_MB", refused.Error);

        // Chunked: the length is not known in advance.
        string head = "POST /models/m/invoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        byte[] tooLarge = BodyOf((1 << 20) + 1);
        string chunked = await server.SendRawAsync(
            [.. Encoding.ASCII.GetBytes(head), .. Encoding.ASCII.GetBytes($"{tooLarge.Length:x}\r\n"), .. tooLarge, .. "\r\n0\r\n\r\n"u8]);
        Assert.StartsWith("HTTP/1.1 413 ", chunked);
        chunked = await server.SendRawAsync(
            [.. Encoding.ASCII.GetBytes(head), .. Encoding.ASCII.GetBytes($"{largest.Length:x}\r\n"), .. largest, .. "\r\n0\r\n\r\n"u8]);
        Assert.StartsWith("HTTP/1.1 200 ", chunked);
        Assert.Equal(200, (await server.GetAsync("/ping")).Code);
    }

    [Fact]
    public async Task The_default_limit_is_25_MiB()
    {
        string name = await fixture.LoadSampleAsync();
        Assert.Equal(200, (await _server.PostAsync($"/models/{name}/invoke", BodyOf(25 << 20))).Code);
        Assert.Equal(413, (await _server.PostAsync($"/models/{name}/invoke", BodyOf((25 << 20) + 1))).Code);
        await AssertServesAsync(name);
    }

    [Fact]
    public async Task Bodies_that_are_too_large_together_are_refused_for_now()
    {
        // Three of 25 MiB exceed the 64 MiB for all bodies; each client holds back its last byte.
        byte[] body = BodyOf(25 << 20);
        byte[] head = RawRequest.Head($"/models/{await fixture.LoadSampleAsync()}/invoke", body.Length);
        TcpClient[] clients = [new(), new(), new()];
        foreach (TcpClient client in clients)
        {
            await client.ConnectAsync(IPAddress.Loopback, _server.Port);
            await client.GetStream().WriteAsync(head);
            await client.GetStream().WriteAsync(body.AsMemory(0, body.Length - 1));
        }

        List<string> answers = [];
        foreach (TcpClient client in clients)
        {
            await client.GetStream().WriteAsync(body.AsMemory(body.Length - 1));
            using var reader = new StreamReader(client.GetStream());
            answers.Add((await reader.ReadLineAsync())![..12]);
            client.Dispose();
        }

        Assert.Equal(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 503"], answers.Order());
    }

    [Fact]
    public async Task A_name_too_long_for_a_path_is_refused()
    {
        Answer answer = await _server.LoadAsync(new string('漢', 1000), Repository.Sample);
        Assert.Equal(400, answer.Code);
        Assert.Contains("percent-encoded", answer.Error);
    }

    [Fact]
    public async Task More_texts_than_allowed_are_a_bad_request()
    {
        string name = await fixture.LoadSampleAsync();
        string body = JsonSerializer.Serialize(new { inputs = Enumerable.Repeat("", 2049) });
        Answer answer = await _server.InvokeAsync(name, body);
        Assert.Equal(400, answer.Code);
        Assert.Contains("THAW_MAX_TEXTS", answer.Error);
    }

    [Fact]
    public async Task A_body_that_arrives_byte_by_byte_is_read_whole()
    {
        string name = await fixture.LoadSampleAsync();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Port);
        client.NoDelay = true;
        byte[] body = Encoding.UTF8.GetBytes("""{"inputs":"Où est la bibliothèque ?"}""");
        byte[] head = RawRequest.Head($"/models/{name}/invoke", body.Length);
        foreach (byte value in head.Concat(body)) await client.GetStream().WriteAsync(new[] { value });
        using var reader = new StreamReader(client.GetStream());
        Assert.Contains("\"fr\"", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_client_that_disconnects_in_the_middle_affects_no_others()
    {
        string name = await fixture.LoadSampleAsync();
        byte[] body = """{"inputs":"hello"}"""u8.ToArray();
        byte[] whole = [.. RawRequest.Head($"/models/{name}/invoke", body.Length, close: false), .. body];
        for (int length = 1; length <= whole.Length; length += 3)
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _server.Port);
            await client.GetStream().WriteAsync(whole.AsMemory(0, length));
            // A reset, not a normal close.
            client.Client.LingerState = new LingerOption(true, 0);
        }

        await AssertServesAsync(name);
        Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
    }

    private async Task AssertServesAsync(string name)
    {
        Answer answer = await _server.InvokeAsync(name, """{"inputs":"Wo ist die Bibliothek?"}""");
        Assert.Equal("de", answer.Json[0].GetProperty("label").GetString());
    }

    /// <summary>A valid body of exactly this many bytes.</summary>
    private static byte[] BodyOf(int length)
    {
        byte[] start = "{\"inputs\":\""u8.ToArray(), end = "\"}"u8.ToArray();
        byte[] body = new byte[length];
        body.AsSpan().Fill((byte)'a');
        start.CopyTo(body, 0);
        end.CopyTo(body, length - end.Length);
        return body;
    }
}
