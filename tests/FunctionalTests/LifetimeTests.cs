using System.Collections.Concurrent;
using System.Globalization;
using Thaw.FunctionalTests.Support;

namespace Thaw.FunctionalTests;

/// <summary>Unloads and stops under traffic.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task An_unload_during_traffic_lets_what_is_in_flight_finish()
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
            // The answer comes when the model is gone: from here on there is none.
            Assert.Equal(404, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
            await stop.CancelAsync();
            await Task.WhenAll(clients);
            Assert.All(codes, code => Assert.True(code is 200 or 404));
        }
    }

    [Fact]
    public async Task SIGTERM_finishes_every_request_in_flight_and_exits_with_0()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        string texts = string.Join(',', Enumerable.Repeat($"\"{string.Concat(Enumerable.Repeat("Wo ist die Bibliothek? ", 20))}\"", 200));
        // Two workers take these in turn, so most of them wait when the signal comes.
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
    public async Task Unknown_arguments_do_not_keep_the_server_from_starting()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(arguments: ["serve", "--future-option", "7"]);
        Assert.Contains("--future-option", server.Output);
    }
}
