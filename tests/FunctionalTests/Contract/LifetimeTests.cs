using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Unloads and stops under traffic.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class LifetimeTests
{
    [Fact]
    public async Task An_unload_during_traffic_lets_requests_in_progress_finish()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        for (int round = 0; round < 10; round++)
        {
            Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
            var codes = new ConcurrentBag<int>();
            using var stop = new CancellationTokenSource();
            Task[] clients = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Answer answer = await server.InvokeAsync("m", """{"inputs":["Wo ist die Bibliothek?","Where is it?"]}""");
                    codes.Add(answer.Code);
                    if (answer.Code == 200) Assert.Equal("de", answer.Json[0].GetProperty("label").GetString());
                    else await Task.Delay(1);
                }
            }))];
            while (codes.Count(code => code == 200) < 20) await Task.Delay(1);
            Assert.Equal(200, (await server.DeleteAsync("m")).Code);
            // DELETE is answered when the model is gone: from here on there is none.
            Assert.Equal(404, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
            await stop.CancelAsync();
            await Task.WhenAll(clients);
            Assert.All(codes, code => Assert.True(code is 200 or 404));
        }
    }

    [Fact]
    public async Task A_client_that_reads_its_answer_slowly_does_not_delay_an_unload()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, server.Port);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { inputs = Enumerable.Repeat("a", 2000), parameters = new { top_k = (int?)null } });
        await slow.GetStream().WriteAsync((byte[])[.. RawRequest.Head("/models/m/invoke", body.Length, close: false), .. body]);
        // The answer has begun, so the run is over; a megabyte of it is still to come.
        byte[] start = new byte[12];
        await slow.GetStream().ReadExactlyAsync(start);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(start));
        Assert.Equal(200, (await server.DeleteAsync("m").WaitAsync(TimeSpan.FromSeconds(20))).Code);
    }

    [Fact]
    public async Task SIGTERM_at_any_moment_during_the_start_does_not_crash()
    {
        for (int delay = 0; delay < 80; delay += 2)
        {
            (int exitCode, string output) = await ServerProcess.RunAsync(
                ["sh", "-c", $"{Published.Binary} --port {FreePort.Find()} & sleep 0.{delay:D3}; kill -TERM $!; wait $!"]);
            // 143: the signal came before the program itself had started.
            Assert.True(exitCode is 0 or 143, $"{exitCode} after {delay} ms: {output}");
        }
    }

    [Fact]
    public async Task An_unread_log_does_not_stop_the_server()
    {
        int port = FreePort.Find();
        // Its output is not read, so the pipe fills up.
        using RunningServer server = RunningServer.Start(new ProcessStartInfo(Published.Binary, ["--port", $"{port}"]), port);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        for (int round = 0; round < 5000; round++)
        {
            var load = new StringContent("""{"model_name":"m","url":"/does/not/exist"}""", MediaTypeHeaderValue.Parse("application/json"));
            using HttpResponseMessage answer = await client.PostAsync("/models", load);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Equal(0, NativeCode.Terminate(server.Process.Id));
        await server.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, server.Process.ExitCode);
    }

    [Fact]
    public async Task SIGTERM_finishes_every_request_in_progress_and_exits_with_0()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        string texts = string.Join(',', Enumerable.Repeat($"\"{string.Concat(Enumerable.Repeat("Wo ist die Bibliothek? ", 20))}\"", 200));
        // Two workers run these in turn, so most of them wait when the signal comes.
        Task<Answer>[] requests = [.. Enumerable.Range(0, 12).Select(_ => server.InvokeAsync("m", $$"""{"inputs":[{{texts}}]}"""))];
        Task<Answer> first = await Task.WhenAny(requests);
        server.Terminate();
        Answer[] answers = await Task.WhenAll(requests);
        Assert.Equal(200, (await first).Code);
        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        Assert.All(answers, answer => Assert.Equal(200, answer.Json.GetArrayLength()));
        await server.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(0, server.Process.ExitCode);
    }

    [Fact]
    public async Task SIGTERM_ends_an_idle_server_with_open_connections_and_models_with_0()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        Assert.Equal(0, await server.StopAsync());
        Assert.Contains("Stopping", server.Output);
    }

    [Fact]
    public async Task The_port_comes_from_the_platforms_variable_and_serve_is_accepted()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(arguments: ["serve"], portByVariable: true);
        Assert.Equal(200, (await server.GetAsync("/models")).Code);
        Assert.Contains("port " + server.Port.ToString(CultureInfo.InvariantCulture), server.Output);
    }

    [Fact]
    public async Task Unknown_arguments_do_not_prevent_the_start()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(arguments: ["serve", "--future-option", "7"]);
        Assert.Contains("--future-option", server.Output);
    }
}
