using Microsoft.AspNetCore.Connections;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Http;

/// <summary>Outermost: what no handler answered still gets a JSON body, and no exception ends more than its own request.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (exception is ConnectionResetException || context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone. Without this Kestrel tries to read the rest of the body, and logs that as a failure.
            context.Abort();
            return;
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await ErrorResponses.WriteAsync(context, exception.StatusCode, exception.Message);
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            log.RequestFailed(exception, context.Request.Method, context.Request.Path);
            await ErrorResponses.WriteAsync(context, StatusCodes.Status500InternalServerError, "The server failed; its log says how.");
            return;
        }

        if (context.Response.HasStarted || context.Response.ContentLength is not null) return;
        if (context.Response.StatusCode == StatusCodes.Status404NotFound)
        {
            await ErrorResponses.WriteAsync(
                context,
                StatusCodes.Status404NotFound,
                $"There is no {context.Request.Path}. There are /ping, /models, /models/{{name}}, and below that invoke, tokenize and detokenize.");
        }
        else if (context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
        {
            await ErrorResponses.WriteAsync(
                context,
                StatusCodes.Status405MethodNotAllowed,
                $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.");
        }
    }
}
