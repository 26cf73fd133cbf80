using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>What the published binary reports about a model's tier.</summary>
[Trait("Category", "binary")]
public sealed class PromotionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_server_reports_the_tier_and_the_time_and_memory_of_the_load()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Mini);
        await using ServerProcess server =
            await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_PROMOTE_AFTER"] = "2", ["THAW_CACHE_LIMIT"] = "0" });
        Assert.Equal(200, (await server.LoadAsync("m", _folder["m"])).Code);
        Answer fresh = await server.GetAsync("/models/m");
        Assert.Equal(0, fresh.Json.GetProperty("tier").GetInt32());
        long weights = new FileInfo(Path.Combine(_folder["m"], "model.onnx")).Length;
        Assert.InRange(fresh.Json.GetProperty("mappedBytes").GetInt64(), weights * 9 / 10, weights);
        Assert.InRange(fresh.Json.GetProperty("privateBytes").GetInt64(), 1, weights / 2);
        double total = fresh.Json.GetProperty("loadMilliseconds").GetDouble();
        foreach (string phase in (string[])["files", "graph", "session", "tokenizer"])
            Assert.InRange(fresh.Json.GetProperty("loadPhases").GetProperty(phase).GetDouble(), 0, total);
        for (int i = 0; i < 2; i++) Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        while ((await server.GetAsync("/models/m")).Json.GetProperty("tier").GetInt32() == 0) await Task.Delay(5);
        Assert.True((await server.GetAsync("/models/m")).Json.GetProperty("privateBytes").GetInt64() > fresh.Json.GetProperty("privateBytes").GetInt64());
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        await server.StopAsync();
        Assert.Contains("Packed the weights", server.Output);
    }
}
