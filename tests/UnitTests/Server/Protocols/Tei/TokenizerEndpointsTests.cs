using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Thaw.Inference;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Protocols.Tei;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Protocols.Tei;

public sealed class TokenizerEndpointsTests : IDisposable
{
    private readonly WorkerPool _pool = new("test", 1);
    private readonly RequestGate _gate = new(1, 1 << 20);
    private readonly TokenizerEndpoints _endpoints;

    public TokenizerEndpointsTests()
    {
        var models = new ModelTable<LoadedModel>(_ => new InferenceError(InferenceErrorKind.InvalidModel, "broken"), _pool);
        _endpoints = new TokenizerEndpoints(new ModelRequests(models, _gate, NullLogger<ModelRequests>.Instance), models, new ServerOptions());
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_model_that_is_not_loaded_is_not_found_again_and_again()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(404, await StatusAsync(_endpoints.TokenizeAsync, "tokenize", """{"inputs":"x"}"""));
            Assert.Equal(404, await StatusAsync(_endpoints.DetokenizeAsync, "detokenize", """{"ids":[1]}"""));
        }
    }

    [Fact]
    public async Task At_the_limit_requests_are_sent_away()
    {
        Assert.True(_gate.TryEnter());
        Assert.Equal(503, await StatusAsync(_endpoints.TokenizeAsync, "tokenize", """{"inputs":"x"}"""));
        Assert.Equal(503, await StatusAsync(_endpoints.DetokenizeAsync, "detokenize", """{"ids":[1]}"""));
    }

    [Fact]
    public async Task Json_lines_are_not_taken()
    {
        Assert.Equal(415, await StatusAsync(_endpoints.TokenizeAsync, "tokenize", """{"inputs":"x"}""", "application/jsonlines"));
        Assert.Equal(415, await StatusAsync(_endpoints.DetokenizeAsync, "detokenize", """{"ids":[1]}""", "application/jsonlines"));
    }

    private static async Task<int> StatusAsync(RequestDelegate endpoint, string path, string body, string contentType = "application/json")
    {
        using var exchange = new Exchange("POST", $"/models/a/{path}", body, contentType);
        await endpoint(exchange.Context);
        return exchange.Status;
    }
}
