using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Thaw.Server.Http;
using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Http;

public sealed class ErrorMiddlewareTests
{
    [Fact]
    public async Task A_failure_is_answered_without_its_details()
    {
        using Exchange exchange = await RunAsync(_ => throw new InvalidDataException("/secret/path"));

        Assert.Equal(500, exchange.Status);
        Assert.Equal("InternalServerException", exchange.Json.GetProperty("type").GetString());
        Assert.DoesNotContain("secret", exchange.Text);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_answered_with_the_reason()
    {
        using Exchange exchange = await RunAsync(_ => throw new BadHttpRequestException("Larger than 7 bytes.", StatusCodes.Status413PayloadTooLarge));

        Assert.Equal((413, "Larger than 7 bytes."), (exchange.Status, exchange.Message));
    }

    [Fact]
    public async Task A_request_that_is_malformed_is_answered_with_its_own_status()
    {
        using Exchange exchange = await RunAsync(_ => throw new BadHttpRequestException("Unexpected end of request content.", StatusCodes.Status400BadRequest));

        Assert.Equal((400, "Unexpected end of request content."), (exchange.Status, exchange.Message));
    }

    [Fact]
    public async Task A_connection_that_is_gone_is_not_answered()
    {
        using Exchange reset = await RunAsync(_ => throw new ConnectionResetException("gone"));
        using Exchange aborted = await RunAsync(context =>
        {
            context.RequestAborted = new CancellationToken(canceled: true);
            throw new OperationCanceledException();
        });

        Assert.Equal(("", ""), (reset.Text, aborted.Text));
    }

    [Theory]
    [InlineData(404, "/nothing", "ResourceNotFoundException")]
    [InlineData(405, "POST", "MethodNotAllowedException")]
    public async Task What_no_handler_answered_gets_a_body(int status, string mentioned, string type)
    {
        using Exchange exchange = await RunAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Allow = "POST";
            return Task.CompletedTask;
        });

        Assert.Equal(status, exchange.Status);
        Assert.Equal(type, exchange.Json.GetProperty("type").GetString());
        Assert.Contains(mentioned, exchange.Message);
    }

    [Fact]
    public async Task The_answer_of_a_handler_is_kept()
    {
        using Exchange exchange = await RunAsync(context => Refusal.Of(404, "mine").WriteAsync(context));

        Assert.Equal("mine", exchange.Message);
    }

    private static async Task<Exchange> RunAsync(RequestDelegate next)
    {
        var exchange = new Exchange("GET", "/nothing")
        {
            Context = { RequestServices = new ServiceCollection().AddSingleton(new ServerOptions()).BuildServiceProvider() },
        };
        await new ErrorMiddleware(next, "/ping, /models", NullLogger<ErrorMiddleware>.Instance).InvokeAsync(exchange.Context);
        return exchange;
    }
}
