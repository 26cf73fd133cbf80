using Microsoft.Extensions.Logging.Abstractions;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Protocols.HuggingFace;
using Thaw.Server.Protocols.Tei;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Pipeline;

/// <summary>The answers of the pipeline without a model; a model needs the native library.</summary>
public sealed class InvokePipelineTests : IDisposable
{
    private readonly WorkerPool _pool = new("test", 1);
    private readonly RequestGate _gate = new(1, 1 << 20);
    private readonly InvokePipeline _pipeline;

    public InvokePipelineTests()
    {
        var models = new ModelTable<LoadedModel>((_, _) => new InferenceError(InferenceErrorKind.InvalidModel, "broken"), _pool);
        _pipeline = new InvokePipeline(models, _gate, new TextRunner(_pool), new ServerOptions(), NullLogger<InvokePipeline>.Instance);
    }

    public static TheoryData<string, string> Operations { get; } = new()
    {
        { "invoke", """{"inputs":"x"}""" },
        { "tokenize", """{"inputs":"x"}""" },
        { "detokenize", """{"ids":[1]}""" },
    };

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task A_model_that_is_not_loaded_is_not_found_again_and_again(string operation, string body)
    {
        for (int i = 0; i < 3; i++)
        {
            using Exchange exchange = await SendAsync(operation, body);
            Assert.Equal(404, exchange.Status);
            Assert.Equal("The model 'a' is not loaded. GET /models lists the loaded models; POST /models loads one.", exchange.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task At_the_limit_requests_are_refused_and_below_it_accepted_again(string operation, string body)
    {
        Assert.True(_gate.TryEnter());
        using Exchange refused = await SendAsync(operation, body);
        Assert.Equal(503, refused.Status);
        Assert.Contains("THAW_MAX_REQUESTS", refused.Message);

        _gate.Leave();

        using Exchange accepted = await SendAsync(operation, body);
        Assert.Equal(404, accepted.Status);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Json_lines_are_accepted_by_invoke_alone(string operation, string body)
    {
        using Exchange exchange = await SendAsync(operation, body, "application/jsonlines");
        Assert.Equal(operation == "invoke" ? 404 : 415, exchange.Status);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task An_unknown_model_is_refused_before_its_body_is_read(string operation, string body)
    {
        using var exchange = new Exchange("POST", $"/models/a/{operation}", body, "application/json");

        await exchange.RunAsync(For(operation));

        Assert.Equal((404, 0), (exchange.Status, exchange.Context.Request.Body.Position));
    }

    private async Task<Exchange> SendAsync(string operation, string body, string contentType = "application/json") =>
        await new Exchange("POST", $"/models/a/{operation}", body, contentType).RunAsync(For(operation));

    private Handler For(string operation) => _pipeline.For(operation switch
    {
        "invoke" => new InvokeCodec(10),
        "tokenize" => new TokenizeCodec(10),
        _ => new DetokenizeCodec(10),
    });
}
