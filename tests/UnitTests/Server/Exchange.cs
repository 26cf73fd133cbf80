using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Thaw.Server.Http;

namespace Thaw.UnitTests.Server;

/// <summary>One request and what a handler answered, without a server.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly MemoryStream _answer = new();

    public Exchange(string method = "GET", string path = "/", string body = "", string? contentType = null)
    {
        Context.Request.Method = method;
        string[] parts = path.Split('?', 2);
        Context.Request.Path = parts[0];
        Context.Request.QueryString = new QueryString(parts.Length > 1 ? "?" + parts[1] : "");
        Context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = path;
        if (parts[0].Split('/') is [_, "models", var name, ..])
        {
            Context.Request.RouteValues["name"] = name;
            Context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/models/{name}/{**rest}"), 0, null, null));
        }

        Context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        Context.Request.ContentType = contentType;
        Context.Response.Body = _answer;
    }

    public DefaultHttpContext Context { get; } = new();

    public int Status => Context.Response.StatusCode;

    public string Text => Encoding.UTF8.GetString(_answer.ToArray());

    public JsonElement Json => JsonDocument.Parse(_answer.ToArray()).RootElement;

    public string? Message => Json.GetProperty("message").GetString();

    /// <summary>Answers the request as a route does.</summary>
    public async Task<Exchange> RunAsync(Handler handler)
    {
        if (await handler(Context) is { } error) await Refusal.Of(error).WriteAsync(Context);
        return this;
    }

    public void Dispose() => _answer.Dispose();
}
