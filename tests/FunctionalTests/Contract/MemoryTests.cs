using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Memory of the published binary: the budget, and what an unload frees.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_load_over_the_budget_is_refused_and_the_others_still_serve()
    {
        ExportedModel.Write(_folder["mini"], BertOptions.Mini);
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_MEMORY_LIMIT"] = "12M" });
        int loaded = 0;
        Answer answer;
        while ((answer = await server.LoadAsync($"m{loaded}", _folder["mini"])).Code == 200) loaded++;
        Assert.Equal(507, answer.Code);
        Assert.Equal("OutOfMemoryError", answer.Json.GetProperty("type").GetString());
        Assert.Contains("THAW_MEMORY_LIMIT", answer.Error);
        Assert.InRange(loaded, 30, 300);
        for (int i = 0; i < loaded; i++) Assert.Equal(200, (await server.InvokeAsync($"m{i}", """{"inputs":"x"}""")).Code);
        Assert.Equal(404, (await server.GetAsync($"/models/m{loaded}")).Code);

        // What the platform does next: unload one, try again.
        Assert.Equal(200, (await server.DeleteAsync("m0")).Code);
        Assert.Equal(200, (await server.LoadAsync($"m{loaded}", _folder["mini"])).Code);
    }

    [Fact]
    public async Task Hundreds_of_loads_at_once_stay_within_the_budget_and_end_with_200_or_507()
    {
        ExportedModel.Write(_folder["mini"], BertOptions.Mini);
        // Room for the tokenizer, the sessions, a few models, and one analysis of the graph or some further loads at once.
        const long Limit = 12L << 20;
        const int Models = 300, Connections = 16;
        // What loads leave to the collector, which belongs to no model (GCGen0MaxBudget in Server.csproj).
        const long YoungGeneration = 4L << 20;
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_MEMORY_LIMIT"] = "12M" });
        // What a process takes once, for its warm-up and its first model, is not a model's.
        Assert.Equal(200, (await server.LoadAsync("first", _folder["mini"])).Code);
        Assert.Equal(200, (await server.DeleteAsync("first")).Code);
        long idle = server.Memory.Private, peak = 0;
        var answers = new Answer[Models];
        int next = -1;
        // A connection takes more than a model.
        Task loads = Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number < Models) answers[number] = await server.LoadAsync($"m{number}", _folder["mini"]);
        }));
        while (!loads.IsCompleted)
        {
            peak = Math.Max(peak, server.Memory.Private);
            await Task.Delay(1);
        }

        await loads;
        Assert.All(answers, answer => Assert.True(answer.Code is 200 or 507, answer.Body));
        int loaded = answers.Count(answer => answer.Code == 200);
        Assert.InRange(loaded, 30, Models - 1);
        Assert.InRange(Math.Max(peak, server.Memory.Private) - idle, 0, Limit + YoungGeneration);
        long reserved = 0;
        for (int i = 0; i < Models; i++)
        {
            Answer model = await server.GetAsync($"/models/m{i}");
            if (model.Code == 200) reserved += model.Json.GetProperty("privateBytes").GetInt64();
        }

        Assert.InRange(reserved, 1, Limit);
    }

    [Fact]
    public async Task Weights_are_mapped_or_the_log_says_why_not()
    {
        ExportedModel.Write(_folder["mini"], BertOptions.Mini);
        string model = Path.Combine(_folder["mini"], "model.onnx");
        long weights = new FileInfo(model).Length;
        long mapped = await LoadAsync(expectedInLog: null);
        // A second graph without anything in it, which protobuf adds to the first.
        await File.AppendAllBytesAsync(model, [0x3a, 0]);
        long copied = await LoadAsync(expectedInLog: "2 graphs");
        Assert.InRange(copied - mapped, weights * 0.9, weights * 1.3);

        async Task<long> LoadAsync(string? expectedInLog)
        {
            await using ServerProcess server = await ServerProcess.StartAsync();
            Assert.Equal(200, (await server.LoadAsync("m", _folder["mini"])).Code);
            long memory = server.Memory.Private;
            Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
            await server.StopAsync();
            if (expectedInLog is null) Assert.DoesNotContain("copied", server.Output);
            else Assert.Matches($"m were copied.*{expectedInLog}", server.Output);
            return memory;
        }
    }

    [Fact]
    public async Task Resident_memory_after_an_unload_is_what_it_was_before_the_load()
    {
        ExportedModel.Write(_folder["mini"], BertOptions.Mini);
        await using ServerProcess server = await ServerProcess.StartAsync();
        // The first load brings in the library's code and the pools, which stay.
        await CycleAsync();
        long first = server.Memory.Resident;
        for (int round = 0; round < 10; round++)
        {
            long before = server.Memory.Resident;
            await CycleAsync();
            Assert.InRange(server.Memory.Resident, 0, before * 1.1);
        }

        Assert.InRange(server.Memory.Resident, 0, first * 1.25);

        async Task CycleAsync()
        {
            Assert.Equal(200, (await server.LoadAsync("m", _folder["mini"])).Code);
            string texts = string.Join(',', Enumerable.Repeat($"\"{new string('a', 400)} b c d\"", 64));
            Assert.Equal(200, (await server.InvokeAsync("m", $$"""{"inputs":[{{texts}}]}""")).Code);
            Assert.True(server.Memory.Resident > 60 << 20);
            Assert.Equal(200, (await server.DeleteAsync("m")).Code);
        }
    }
}
