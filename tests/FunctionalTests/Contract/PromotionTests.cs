using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>What the published binary reports about a model's weights and session.</summary>
[Trait("Category", "binary")]
public sealed class PromotionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_that_shares_its_session_is_laid_out_once_it_is_used_often()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        await using ServerProcess server = await StartAsync(new() { ["THAW_CACHE_DIR"] = _folder["cache"] });
        Answer fresh = await LoadAsync(server, "exported", "shared");
        Assert.False(fresh.Json.TryGetProperty("ownSessionReason", out _));
        Answer promoted = await PromoteAsync(server);
        Assert.Equal("laid_out", promoted.Json.GetProperty("weights").GetString());
        // The joined biases of its attention were copied before.
        Assert.InRange(Private(promoted), 1, Private(fresh) - 1);
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        await server.StopAsync();
        Assert.Single(Directory.GetFiles(_folder["cache"], "*.weights"));
        Assert.DoesNotContain("keeps running", server.Output);
        Assert.Contains("its session is shared", server.Output);
    }

    [Fact]
    public async Task A_model_that_needs_a_session_of_its_own_says_why_and_is_packed_once_it_is_used_often()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini with { Style = BertStyle.Fused });
        await using ServerProcess server = await StartAsync(new() { ["THAW_CACHE_LIMIT"] = "0" });
        Answer fresh = await LoadAsync(server, "exported", "own");
        Assert.Contains("constants", fresh.Json.GetProperty("ownSessionReason").GetString());
        Answer promoted = await PromoteAsync(server);
        Assert.Equal("packed", promoted.Json.GetProperty("weights").GetString());
        Assert.True(Private(promoted) > Private(fresh));
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        await server.StopAsync();
        Assert.Contains("are packed now", server.Output);
        Assert.Matches("its session is its own: .*constants", server.Output);
    }

    private static Task<ServerProcess> StartAsync(Dictionary<string, string> settings) =>
        ServerProcess.StartAsync(new Dictionary<string, string>(settings) { ["THAW_PROMOTE_AFTER"] = "2" });

    /// <summary>Loads the model, and checks what the server says about it.</summary>
    private async Task<Answer> LoadAsync(ServerProcess server, string weights, string session)
    {
        Assert.Equal(200, (await server.LoadAsync("m", _folder["m"])).Code);
        Answer fresh = await server.GetAsync("/models/m");
        Assert.Equal(weights, fresh.Json.GetProperty("weights").GetString());
        Assert.Equal(session, fresh.Json.GetProperty("session").GetString());
        long file = new FileInfo(Path.Combine(_folder["m"], "model.onnx")).Length;
        Assert.InRange(fresh.Json.GetProperty("mappedBytes").GetInt64(), file * 9 / 10, file);
        Assert.InRange(Private(fresh), 1, file / 2);
        double total = fresh.Json.GetProperty("loadMilliseconds").GetDouble();
        foreach (string phase in (string[])["files", "graph", "session", "tokenizer"])
            Assert.InRange(fresh.Json.GetProperty("loadPhases").GetProperty(phase).GetDouble(), 0, total);
        return fresh;
    }

    /// <summary>Asks the model often enough, and waits for other weights.</summary>
    private static async Task<Answer> PromoteAsync(ServerProcess server)
    {
        for (int i = 0; i < 2; i++) Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        Answer model;
        while ((model = await server.GetAsync("/models/m")).Json.GetProperty("weights").GetString() == "exported") await Task.Delay(5);
        return model;
    }

    private static long Private(Answer model) => model.Json.GetProperty("privateBytes").GetInt64();
}
