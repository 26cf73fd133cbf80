using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Thaw.Server.Pipeline;

namespace Thaw.UnitTests.Server.Pipeline;

public sealed class ModelNameTests
{
    /// <param name="target">As the client sent it.</param>
    /// <param name="routed">What Kestrel and routing make of it: everything decoded except the slash.</param>
    /// <param name="name">What the client meant.</param>
    [Theory]
    [InlineData("/models/abc", "abc", "abc")]
    [InlineData("/models/abc/invoke", "abc", "abc")]
    [InlineData("/models/models/invoke", "models", "models")]
    [InlineData("/models/a%2Fb", "a%2Fb", "a/b")]
    [InlineData("/models/a%2fb/invoke", "a%2fb", "a/b")]
    [InlineData("/models/a%252Fb", "a%2Fb", "a%2Fb")]
    [InlineData("/models/a%252fb/invoke", "a%2fb", "a%2fb")]
    [InlineData("/models/a%2Fb%252Fc%20d", "a%2Fb%2Fc d", "a/b%2Fc d")]
    [InlineData("/models/%2F", "%2F", "/")]
    [InlineData("/models/50%25", "50%", "50%")]
    [InlineData("/models/50%2525", "50%25", "50%25")]
    [InlineData("/models/a+b", "a+b", "a+b")]
    [InlineData("/models/a%2Bb%2Fc", "a+b%2Fc", "a+b/c")]
    [InlineData("/models/caf%C3%A9%2F%F0%9F%98%80", "café%2F😀", "café/😀")]
    [InlineData("/models/caf%C3%A9", "café", "café")]
    [InlineData("/models/%FF", "%FF", "%FF")]
    [InlineData("/models/%FF%2F%zz", "%FF%2F%zz", "%FF/%zz")]
    [InlineData("/models/a?x=b", "a", "a")]
    [InlineData("/models/a%2Fb?x=/models/c", "a%2Fb", "a/b")]
    [InlineData("/models/a%2Fb#/models/c", "a%2Fb", "a/b")]
    [InlineData("/models/a%2Fb/invoke?x", "a%2Fb", "a/b")]
    [InlineData("http://host:8080/models/abc/invoke", "abc", "abc")]
    [InlineData("http://host:8080/models/a%2Fb/invoke", "a%2Fb", "a/b")]
    [InlineData("/MODELS/a%2Fb", "a%2Fb", "a/b")]
    [InlineData("/%6Dodels/a%2Fb", "a%2Fb", "a/b")]
    public void The_name_is_decoded_once(string target, string routed, string name) => Assert.Equal(name, Name(target, routed));

    [Theory]
    [InlineData("/Models/a?x=/models/b", "a")]
    [InlineData("/%6Dodels/a?x=/models/b", "a")]
    [InlineData("/models/b/../c", "c")]
    [InlineData("/models/../models/c/invoke", "c")]
    [InlineData("/models/b/%2E%2E/c", "c")]
    [InlineData("/models/b/../c%2Fd", "c%2Fd")]
    [InlineData("/models/b/%2E%2E/c%2Fd/invoke", "c%2Fd")]
    [InlineData("/models/b/%2e./c%2fd/invoke", "c%2fd")]
    public void Another_spelling_of_the_path_leads_to_the_model_that_was_routed_to(string target, string routed) =>
        Assert.Equal(routed, Name(target, routed));

    [Theory]
    [InlineData("/v2/models/{name}/infer", "/v2/models/a%2Fb/infer")]
    [InlineData("/{name}", "/a%2Fb?x")]
    [InlineData("/x/{name}", "https://host/x/a%2Fb")]
    public void The_name_is_where_the_route_has_it(string pattern, string target) => Assert.Equal("a/b", Name(target, "a%2Fb", pattern));

    private static string Name(string target, string routed, string pattern = "/models/{name}/invoke")
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.Request.RouteValues["name"] = routed;
        context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(pattern), 0, null, null));
        return ModelName.FromPath(context);
    }
}
