using Thaw.Server.Http;
using Thaw.Server.Management;
using Thaw.Server.Pipeline;
using Thaw.Server.Protocols.HuggingFace;
using Thaw.Server.Protocols.Tei;
using Thaw.Server.Settings;

namespace Thaw.Server;

/// <summary>The one table of what there is: methods, paths, how their protocol words an error, and who answers.</summary>
internal sealed class Routes(PingEndpoint ping, ModelEndpoints models, InvokePipeline pipeline, ServerOptions options)
{
    private sealed record Route(string Method, string Path, ErrorFormat Errors, Handler Handler);

    private readonly Route[] _all =
    [
        new("GET", "/ping", Refusal.WriteMultiModel, ping.HandleAsync),
        new("GET", "/models", Refusal.WriteMultiModel, models.ListAsync),
        new("POST", "/models", Refusal.WriteMultiModel, models.LoadAsync),
        new("GET", "/models/{name}", Refusal.WriteMultiModel, models.DescribeAsync),
        new("DELETE", "/models/{name}", Refusal.WriteMultiModel, models.UnloadAsync),
        new("POST", "/models/{name}/invoke", Refusal.WriteMultiModel, pipeline.For(new InvokeCodec(options.MaxTexts))),
        new("POST", "/models/{name}/tokenize", Refusal.WriteMultiModel, pipeline.For(new TokenizeCodec(options.MaxTexts))),
        new("POST", "/models/{name}/detokenize", Refusal.WriteMultiModel, pipeline.For(new DetokenizeCodec(options.MaxTexts))),
    ];

    /// <summary>All paths, for people.</summary>
    public string Paths => string.Join(", ", _all.Select(route => route.Path).Distinct());

    public void Map(IEndpointRouteBuilder application)
    {
        foreach (Route route in _all)
            application.MapMethods(route.Path, [route.Method], (RequestDelegate)(context => AnswerAsync(context, route.Handler))).WithMetadata(route.Errors);
    }

    private static async Task AnswerAsync(HttpContext context, Handler handler)
    {
        if (await handler(context) is { } error) await Refusal.Of(error).WriteAsync(context);
    }
}
