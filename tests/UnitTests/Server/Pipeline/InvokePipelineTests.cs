using Microsoft.Extensions.Logging.Abstractions;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Protocols.HuggingFace;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Protocols.HuggingFace;

public sealed class InvokeEndpointTests : IDisposable
{
    private readonly WorkerPool _pool = new("test", 1);
    private readonly RequestGate _gate = new(1, 1 << 20);
    private readonly InvokeEndpoint _endpoint;

    public InvokeEndpointTests()
    {
        var models = new ModelTable<LoadedModel>(_ => new InferenceError(InferenceErrorKind.InvalidModel, "broken"), _pool);
        var requests = new ModelRequests(models, _gate, NullLogger<ModelRequests>.Instance);
        _endpoint = new InvokeEndpoint(requests, models, new TextRunner(_pool), new ServerOptions());
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_model_that_is_not_loaded_is_not_found_again_and_again()
    {
        for (int i = 0; i < 3; i++)
        {
            using var exchange = new Exchange("POST", "/models/a/invoke", """{"inputs":"x"}""");
            await _endpoint.HandleAsync(exchange.Context);
            Assert.Equal(404, exchange.Status);
        }
    }

    [Fact]
    public async Task At_the_limit_requests_are_sent_away_and_below_it_let_in_again()
    {
        Assert.True(_gate.TryEnter());
        using var refused = new Exchange("POST", "/models/a/invoke", """{"inputs":"x"}""");
        await _endpoint.HandleAsync(refused.Context);
        Assert.Equal(503, refused.Status);
        Assert.Contains("THAW_MAX_REQUESTS", refused.Message);

        _gate.Leave();

        using var admitted = new Exchange("POST", "/models/a/invoke", """{"inputs":"x"}""");
        await _endpoint.HandleAsync(admitted.Context);
        Assert.Equal(404, admitted.Status);
    }
}
