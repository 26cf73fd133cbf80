using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Net.Http.Headers;

namespace Thaw.Server;

internal enum ContentKind
{
    Json,
    JsonLines,
    Other,
}

/// <summary>A request's content type and bytes.</summary>
internal static class RequestBody
{
    /// <summary>What the request says it carries; a request that says nothing carries JSON. Parameters such as charset do not matter.</summary>
    public static ContentKind KindOf(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType)) return ContentKind.Json;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)) return ContentKind.Other;
        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" => ContentKind.Json,
            "application/jsonlines" or "application/x-jsonlines" or "application/x-ndjson" => ContentKind.JsonLines,
            _ => ContentKind.Other,
        };
    }

    /// <summary>True when the content type was refused, and the answer is written.</summary>
    public static async Task<bool> RefuseContentTypeAsync(HttpContext context, params ContentKind[] accepted)
    {
        if (accepted.Contains(KindOf(context.Request))) return false;
        string wanted = accepted.Contains(ContentKind.JsonLines) ? "application/json or application/jsonlines" : "application/json";
        await ErrorResponses.WriteAsync(
            context, StatusCodes.Status415UnsupportedMediaType, $"Content-Type '{context.Request.ContentType}' is not supported. Send Content-Type: {wanted}.");
        return true;
    }

    /// <summary>
    /// Reads the whole body without copying it out of the connection's buffers. The caller advances the reader to the end when it has done
    /// with the bytes.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The body is larger than Kestrel's limit, which is set from the options.</exception>
    public static async ValueTask<ReadOnlySequence<byte>> ReadAllAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellation);
            if (result.IsCompleted) return result.Buffer;
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
