using Microsoft.Extensions.Logging.Abstractions;
using Thaw.Inference;
using Thaw.Inference.Files;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Management;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Management;

/// <summary>What the management half answers without a model; a model needs the native library.</summary>
public sealed class ModelEndpointsTests : IDisposable
{
    private readonly WorkerPool _pool = new("test-load", 1);
    private readonly List<string> _asked = [];
    private ModelSettings? _settings;
    private readonly ModelEndpoints _endpoints;

    public ModelEndpointsTests()
    {
        var models = new ModelTable<LoadedModel>(Refuse, _pool);
        _endpoints = new ModelEndpoints(models, new RequestGate(1, 1 << 20), new ServerOptions(), NullLogger<ModelEndpoints>.Instance);
    }

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("""{"model_name":"a","url":"/m"} x""")]
    [InlineData("""{"model_name":"a"}""")]
    [InlineData("""{"url":"/m"}""")]
    [InlineData("""{"model_name":"","url":"/m"}""")]
    [InlineData("""{"model_name":"a","url":""}""")]
    [InlineData("""{"model_name":null,"url":"/m"}""")]
    [InlineData("""{"model_name":7,"url":"/m"}""")]
    [InlineData("""{"model_name":"a","url":["/m"]}""")]
    [InlineData("""{"model_name":".","url":"/m"}""")]
    [InlineData("""{"model_name":"..","url":"/m"}""")]
    [InlineData("""{"model_name":"a\nb","url":"/m"}""")]
    [InlineData("""{"model_name":"\ud800","url":"/m"}""")]
    [InlineData("""{"model_name":"a","url":"\ud800"}""")]
    public async Task An_invalid_load_request_is_refused_and_loads_nothing(string body)
    {
        using var exchange = new Exchange("POST", "/models", body, "application/json");

        await exchange.RunAsync(_endpoints.LoadAsync);

        Assert.Equal(400, exchange.Status);
        Assert.Equal("BadRequestException", exchange.Json.GetProperty("type").GetString());
        Assert.NotEmpty(exchange.Message!);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Names_and_urls_have_a_maximum_length()
    {
        await AssertLoadAsync(new string('n', 1025), "/m", "model_name has more than");
        await AssertLoadAsync("a", "/" + new string('u', 4096), "url has more than");
        Assert.Empty(_asked);

        await AssertLoadAsync(new string('n', 1024), "/" + new string('u', 4095), "refused by the test");
        Assert.Single(_asked);
    }

    [Fact]
    public async Task A_load_of_another_content_type_is_refused()
    {
        using var exchange = new Exchange("POST", "/models", "model_name=a&url=/m", "application/x-www-form-urlencoded");

        await exchange.RunAsync(_endpoints.LoadAsync);

        Assert.Equal(415, exchange.Status);
    }

    [Fact]
    public async Task A_failed_load_is_answered_with_the_reason_and_the_name_is_free()
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using var exchange = new Exchange("POST", "/models", """{"model_name":"a","url":"/m"}""");
            await exchange.RunAsync(_endpoints.LoadAsync);
            Assert.Equal((400, "refused by the test"), (exchange.Status, exchange.Message));
        }

        Assert.Equal(["/m", "/m"], _asked);
    }

    [Theory]
    [InlineData("/models")]
    [InlineData("/models?limit=5")]
    [InlineData("/models?limit=0")]
    [InlineData("/models?limit=-1")]
    [InlineData("/models?limit=101")]
    [InlineData("/models?limit=many")]
    [InlineData("/models?limit=1&limit=2")]
    [InlineData("/models?next_page_token=")]
    [InlineData("/models?next_page_token=YQ")]
    public async Task The_list_of_no_models_is_empty_whatever_the_query(string target)
    {
        using var exchange = new Exchange("GET", target);

        await exchange.RunAsync(_endpoints.ListAsync);

        Assert.Equal((200, """{"models":[]}"""), (exchange.Status, exchange.Text));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("%F0%9F%98%80")]
    public async Task A_token_that_no_page_ended_with_is_refused(string token)
    {
        using var exchange = new Exchange("GET", "/models?next_page_token=" + token);

        await exchange.RunAsync(_endpoints.ListAsync);

        Assert.Equal(400, exchange.Status);
        Assert.Contains("next_page_token", exchange.Message);
    }

    [Fact]
    public async Task A_model_that_is_not_loaded_can_neither_be_described_nor_unloaded()
    {
        using var described = new Exchange("GET", "/models/a%2Fb");
        await described.RunAsync(_endpoints.DescribeAsync);
        using var unloaded = new Exchange("DELETE", "/models/a%2Fb");
        await unloaded.RunAsync(_endpoints.UnloadAsync);

        Assert.Equal((404, 404), (described.Status, unloaded.Status));
        Assert.Contains("'a/b'", described.Message);
        Assert.Equal("ModelNotFoundException", unloaded.Json.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_load_may_name_the_variant()
    {
        using (var exchange = new Exchange("POST", "/models", """{"model_name":"a","url":"/m","variant":"quantized"}"""))
            await exchange.RunAsync(_endpoints.LoadAsync);
        Assert.Equal("quantized", _settings?.Variant);
        using (var exchange = new Exchange("POST", "/models", """{"model_name":"a","url":"/m","variant":null}"""))
            await exchange.RunAsync(_endpoints.LoadAsync);
        Assert.Null(_settings?.Variant);

        foreach (string variant in (string[])["\"\"", "7", "[]", $"\"{new string('v', 256)}\""])
        {
            using var exchange = new Exchange("POST", "/models", $$"""{"model_name":"a","url":"/m","variant":{{variant}}}""");
            await exchange.RunAsync(_endpoints.LoadAsync);
            Assert.Equal(400, exchange.Status);
            Assert.Contains("variant", exchange.Message);
        }

        Assert.Equal(2, _asked.Count);
    }

    private Result<LoadedModel> Refuse(string url, ModelSettings settings)
    {
        _settings = settings;
        _asked.Add(url);
        return new InferenceError(InferenceErrorKind.InvalidModel, "refused by the test");
    }

    private async Task AssertLoadAsync(string name, string url, string message)
    {
        using var exchange = new Exchange("POST", "/models", $$"""{"model_name":"{{name}}","url":"{{url}}"}""");
        await exchange.RunAsync(_endpoints.LoadAsync);
        Assert.Equal(400, exchange.Status);
        Assert.Contains(message, exchange.Message);
    }
}
