using System.Text.Json;
using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Load, list, describe and unload on the published binary, as the platform calls them.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class ManagementTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly ServerProcess _server = fixture.Server;

    [Fact]
    public async Task An_empty_server_answers_ping_and_lists_no_model()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Answer ping = await server.GetAsync("/ping");
        Answer list = await server.GetAsync("/models");
        Assert.Equal(200, ping.Code);
        Assert.Equal("", ping.Body);
        Assert.Equal(200, list.Code);
        Assert.Equal("""{"models":[]}""", list.Body);
        Assert.Equal("application/json", list.Message.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_loaded_model_is_listed_and_described()
    {
        string name = await fixture.LoadSampleAsync();
        JsonElement list = (await _server.GetAsync("/models")).Json.GetProperty("models");
        JsonElement listed = Assert.Single(list.EnumerateArray(), model => model.GetProperty("modelName").GetString() == name);
        Assert.Equal(Repository.Sample, listed.GetProperty("modelUrl").GetString());

        Answer described = await _server.GetAsync($"/models/{name}");
        Assert.Equal(200, described.Code);
        Assert.Equal(name, described.Json.GetProperty("modelName").GetString());
        Assert.Equal(Repository.Sample, described.Json.GetProperty("modelUrl").GetString());
        Assert.Equal("text-classification", described.Json.GetProperty("task").GetString());
        Assert.Equal(48, described.Json.GetProperty("maxTokens").GetInt32());
        Assert.Equal(30, described.Json.GetProperty("labels").GetInt32());
        Assert.Equal(200, (await _server.InvokeAsync(name, """{"inputs":"x"}""")).Code);
        // A table for every 2 MB that is in small pages, and one for a beginning.
        JsonElement model = (await _server.GetAsync($"/models/{name}")).Json;
        Assert.InRange(model.GetProperty("pageTableBytes").GetInt64(), 0, (model.GetProperty("mappedBytes").GetInt64() / 512) + 8192);
    }

    [Fact]
    public async Task A_second_load_of_a_name_is_a_conflict()
    {
        string name = await fixture.LoadSampleAsync();
        Answer again = await _server.LoadAsync(name, Repository.Sample);
        Assert.Equal(409, again.Code);
        Assert.Equal("ConflictStatusException", again.Json.GetProperty("type").GetString());
        Assert.Equal(409, again.Json.GetProperty("code").GetInt32());
        Assert.Equal(200, (await _server.InvokeAsync(name, """{"inputs":"still here"}""")).Code);
    }

    [Fact]
    public async Task An_unknown_model_is_not_found_by_any_verb()
    {
        Answer[] answers =
        [
            await _server.GetAsync("/models/unknown"), await _server.DeleteAsync("unknown"), await _server.InvokeAsync("unknown", """{"inputs":"x"}"""),
        ];
        Assert.All(answers, answer =>
        {
            Assert.Equal(404, answer.Code);
            Assert.Equal("ModelNotFoundException", answer.Json.GetProperty("type").GetString());
            Assert.Contains("'unknown' is not loaded", answer.Error);
        });
    }

    [Fact]
    public async Task An_unloaded_model_is_gone_and_can_be_loaded_again()
    {
        string name = await fixture.LoadSampleAsync();
        Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
        Assert.Equal(404, (await _server.DeleteAsync(name)).Code);
        Assert.Equal(404, (await _server.GetAsync($"/models/{name}")).Code);
        Assert.Equal(404, (await _server.InvokeAsync(name, """{"inputs":"x"}""")).Code);
        Assert.DoesNotContain(name, (await _server.GetAsync("/models")).Body);
        Assert.Equal(200, (await _server.LoadAsync(name, Repository.Sample)).Code);
    }

    [Fact]
    public async Task Two_loads_of_one_name_at_once_give_one_success_and_one_conflict()
    {
        for (int round = 0; round < 20; round++)
        {
            string name = fixture.NewName();
            Answer[] answers = await Task.WhenAll(_server.LoadAsync(name, Repository.Sample), _server.LoadAsync(name, Repository.Sample));
            Assert.Equal([200, 409], answers.Select(answer => answer.Code).Order());
            Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
        }
    }

    [Fact]
    public async Task An_invoke_during_the_load_waits_for_it()
    {
        for (int round = 0; round < 20; round++)
        {
            string name = fixture.NewName();
            Task<Answer> load = _server.LoadAsync(name, Repository.Sample);
            // Either before the server knows of the load (404), or after: then there is an answer, never the error of a half-loaded model.
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _server.InvokeAsync(name, """{"inputs":"Wo ist die Bibliothek?"}""")));
            Assert.Equal(200, (await load).Code);
            Assert.All(answers, answer => Assert.True(answer.Code is 200 or 404, answer.Body));
            Assert.All(answers.Where(answer => answer.Code == 200), answer => Assert.Equal("de", answer.Json[0].GetProperty("label").GetString()));
            await _server.DeleteAsync(name);
        }
    }

    [Fact]
    public async Task Long_lists_come_in_pages_without_duplicates_and_without_an_empty_last_page()
    {
        using var folder = new TemporaryFolder();
        ExportedModel.Write(folder["tiny"], BertOptions.Tiny);
        await using ServerProcess server = await ServerProcess.StartAsync();
        string[] names = [.. Enumerable.Range(0, 200).Select(number => $"m{number:D3}")];
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, _) =>
            Assert.Equal(200, (await server.LoadAsync(name, folder["tiny"])).Code));

        // 200 models are exactly two pages: there is no third one.
        (List<string> all, int pages) = await ReadPagesAsync(server, "/models");
        Assert.Equal(names, all);
        Assert.Equal(2, pages);
        (all, pages) = await ReadPagesAsync(server, "/models?limit=30");
        Assert.Equal(names, all);
        Assert.Equal(7, pages);
        Assert.Equal(100, (await server.GetAsync("/models?limit=1000")).Json.GetProperty("models").GetArrayLength());
        Assert.Equal(100, (await server.GetAsync("/models?limit=-1")).Json.GetProperty("models").GetArrayLength());
        Assert.Equal(400, (await server.GetAsync("/models?next_page_token=%21%21")).Code);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("percent%")]
    [InlineData("ünïcödé-模型")]
    [InlineData("q?x=1#y")]
    [InlineData("plus+plus")]
    [InlineData("semi;colon&amp")]
    public async Task Names_with_odd_characters_load_invoke_and_unload(string name)
    {
        Assert.Equal(200, (await _server.LoadAsync(name, Repository.Sample)).Code);
        Assert.Equal(name, (await _server.GetAsync($"/models/{Uri.EscapeDataString(name)}")).Json.GetProperty("modelName").GetString());
        Assert.Equal(200, (await _server.InvokeAsync(name, """{"inputs":"Hello there"}""")).Code);
        Assert.Equal(200, (await _server.DeleteAsync(name)).Code);
    }

    private static async Task<(List<string> Names, int Pages)> ReadPagesAsync(ServerProcess server, string path)
    {
        List<string> names = [];
        string? token = null;
        int pages = 0;
        do
        {
            char separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            string query = token is null ? path : $"{path}{separator}next_page_token={Uri.EscapeDataString(token)}";
            JsonElement page = (await server.GetAsync(query)).Json;
            names.AddRange(page.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("modelName").GetString()!));
            token = page.TryGetProperty("nextPageToken", out JsonElement next) ? next.GetString() : null;
            pages++;
        }
        while (token is not null && pages < 100);
        return (names, pages);
    }
}
