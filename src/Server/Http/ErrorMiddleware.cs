using Microsoft.AspNetCore.Connections;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Http;

/// <summary>Outermost: a request that no handler answered still gets a JSON body, and an exception ends only its own request.</summary>
/// <param name="routes">What there is, for the answer to an unknown path.</param>
internal sealed class ErrorMiddleware(RequestDelegate next, string routes, ILogger<ErrorMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        Refusal refusal;
        try
        {
            await next(context);
            if (context.Response.HasStarted || context.Response.ContentLength is not null) return;
            switch (context.Response.StatusCode)
            {
                case StatusCodes.Status404NotFound:
                    refusal = Refusal.Of(StatusCodes.Status404NotFound, $"There is no {context.Request.Path}. There are: {routes}.");
                    break;
                case StatusCodes.Status405MethodNotAllowed:
                    refusal = Refusal.Of(
                        StatusCodes.Status405MethodNotAllowed,
                        $"{context.Request.Path} does not accept {context.Request.Method}. Use {context.Response.Headers.Allow}.");
                    break;
                default:
                    return;
            }
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            // Kestrel could not read the body to its end, because it is malformed, too slow, or its client has gone. The first part of it may still be
            // in a read that cannot be ended, so Kestrel must not look for another request: it would log a stack trace. Only a response can say so.
            context.Response.Headers.Connection = "close";
            refusal = Refusal.Of(exception.StatusCode, exception.Message);
        }
        catch (Exception exception) when (exception is ConnectionResetException || context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone. Without this Kestrel tries to read the rest of the body, and logs that as a failure.
            context.Abort();
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            log.RequestFailed(exception, context.Request.Method, context.Request.Path);
            refusal = Refusal.Of(StatusCodes.Status500InternalServerError, "Internal server error; see the server log.");
        }

        await refusal.WriteAsync(context);
    }
}
