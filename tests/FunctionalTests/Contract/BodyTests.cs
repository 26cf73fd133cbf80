using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Thaw.FunctionalTests.Support;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Bodies that are compressed, sent slowly, or never sent to their end.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class BodyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly ServerProcess _server = fixture.Server;

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("deflate")]
    public async Task A_compressed_body_is_answered_as_a_plain_one_is(string coding)
    {
        string name = await fixture.LoadSampleAsync();
        const string Body = """{"inputs":["Wo ist die Bibliothek?","Où est la bibliothèque ?"]}""";
        Answer plain = await _server.InvokeAsync(name, Body);
        Answer compressed = await PostAsync($"/models/{name}/invoke", Compress(coding, Encoding.UTF8.GetBytes(Body)), coding);
        Assert.Equal((200, plain.Body), (compressed.Code, compressed.Body));

        byte[] load = Compress(coding, Encoding.UTF8.GetBytes($$"""{"model_name":"{{coding}}","url":"{{Repository.Sample}}"}"""));
        Assert.Equal(200, (await PostAsync("/models", load, coding)).Code);
    }

    [Fact]
    public async Task An_encoding_that_is_not_supported_is_refused_with_those_that_are()
    {
        string name = await fixture.LoadSampleAsync();
        Answer answer = await PostAsync($"/models/{name}/invoke", [1, 2, 3], "br");
        Assert.Equal(415, answer.Code);
        Assert.Contains("gzip, deflate", answer.Error);
    }

    [Fact]
    public async Task A_damaged_compressed_body_is_a_bad_request()
    {
        string name = await fixture.LoadSampleAsync();
        byte[] whole = Compress("gzip", """{"inputs":"Wo ist die Bibliothek?"}"""u8.ToArray());
        Answer cut = await PostAsync($"/models/{name}/invoke", whole[..^1], "gzip");
        Answer plain = await PostAsync($"/models/{name}/invoke", """{"inputs":"a"}"""u8.ToArray(), "gzip");
        Assert.Equal([400, 400], [cut.Code, plain.Code]);
        Assert.Contains("Content-Encoding", cut.Error);
    }

    [Fact]
    public async Task A_zip_bomb_is_too_large_and_leaves_nothing_in_memory()
    {
        string name = await fixture.LoadSampleAsync();
        byte[] bomb = Compress("gzip", new byte[1 << 30]);
        long before = _server.Memory.Peak;
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostAsync($"/models/{name}/invoke", bomb, "gzip")));
        // All four at once would exceed the memory for all bodies.
        Assert.All(answers, answer => Assert.True(answer.Code is 413 or 503, answer.Body));
        Assert.Contains(answers, answer => answer.Code == 413);
        Assert.InRange(_server.Memory.Peak - before, 0, 120L << 20);
        Assert.Equal(200, (await _server.InvokeAsync(name, """{"inputs":"x"}""")).Code);
    }

    [Fact]
    public async Task Slow_uploads_take_nothing_from_others()
    {
        string name = await fixture.LoadSampleAsync();
        // Their announced lengths exceed the 64 MiB for all bodies.
        byte[] head = [.. RawRequest.Head($"/models/{name}/invoke", 25 << 20, close: false), .. "{\"inputs\":\""u8];
        TcpClient[] slow = [new(), new(), new()];
        foreach (TcpClient client in slow)
        {
            await client.ConnectAsync(IPAddress.Loopback, _server.Port);
            await client.GetStream().WriteAsync(head);
        }

        await Task.Delay(200);
        byte[] body = [.. "{\"inputs\":\""u8, .. Enumerable.Repeat((byte)'a', 20 << 20), .. "\"}"u8];
        Assert.Equal(200, (await _server.PostAsync($"/models/{name}/invoke", body)).Code);
        foreach (TcpClient client in slow) client.Dispose();
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_body_leaves_no_stack_trace()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        byte[] body = [.. "{\"inputs\":\""u8, .. Enumerable.Repeat((byte)'a', 20_000), .. "\"}"u8];
        string[] lengths = [$"Content-Length: {body.Length}\r\n\r\n", $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n"];
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            string path = round % 3 == 0 ? "/models" : "/models/m/invoke";
            byte[] head = Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths[round % 2]}");
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, server.Port);
            await client.GetStream().WriteAsync(head);
            // In two parts, so that the server waits after it has received a part of the body.
            int sent = random.Next(body.Length);
            await client.GetStream().WriteAsync(body.AsMemory(0, sent / 2));
            if (round % 5 != 0) await Task.Delay(2);
            await client.GetStream().WriteAsync(body.AsMemory(sent / 2, sent - (sent / 2)));
            switch (random.Next(3))
            {
                case 0:
                    client.Client.LingerState = new LingerOption(true, 0);
                    break;
                case 1:
                    client.Client.Shutdown(SocketShutdown.Send);
                    await Task.Delay(2);
                    break;
            }
        }

        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        Assert.Equal(200, (await server.DeleteAsync("m")).Code);
        Assert.Equal(0, await server.StopAsync());
        Assert.DoesNotContain("Exception", server.Output);
        Assert.DoesNotContain("   at ", server.Output);
    }

    private Task<Answer> PostAsync(string path, byte[] body, string coding)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.ContentEncoding.Add(coding);
        return _server.SendAsync(request);
    }

    private static byte[] Compress(string coding, byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = coding == "deflate"
            ? new ZLibStream(compressed, CompressionLevel.Optimal)
            : new GZipStream(compressed, CompressionLevel.Optimal))
            stream.Write(bytes);
        return compressed.ToArray();
    }
}
