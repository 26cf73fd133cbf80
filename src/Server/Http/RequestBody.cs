using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Net.Http.Headers;
using Thaw.Inference.Memory;

namespace Thaw.Server.Http;

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
    /// <param name="limit">Bytes. It is kept here and not by Kestrel, which would close the connection while the client still sends, so
    /// that the client never sees the answer; what is left unread Kestrel drains, for five seconds.</param>
    /// <param name="room">Grows with the body, before it is read where its length is known.</param>
    /// <exception cref="BadHttpRequestException">The body is larger (413), or all bodies together are (503).</exception>
    public static async ValueTask<ReadOnlySequence<byte>> ReadAllAsync(HttpContext context, long limit, MemoryReservation room)
    {
        if (Refuse(context.Request.ContentLength ?? 0, limit, room) is { } announced) throw announced;
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(context.RequestAborted);
            if (Refuse(result.Buffer.Length, limit, room) is { } refusal)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw refusal;
            }

            if (result.IsCompleted) return result.Buffer;
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads the whole body as <see cref="ReadAllAsync"/> does, and makes something of its bytes, which are gone afterwards.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, long limit, MemoryReservation room, Func<ReadOnlySequence<byte>, T> read)
    {
        ReadOnlySequence<byte> body = await ReadAllAsync(context, limit, room);
        try
        {
            return read(body);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    /// <summary>Why a body of this length is not taken in, or null: then the room has grown to it.</summary>
    private static BadHttpRequestException? Refuse(long length, long limit, MemoryReservation room)
    {
        if (length > limit)
            return new BadHttpRequestException($"The request body is larger than {limit} bytes. Send less, or raise SAGEMAKER_MAX_PAYLOAD_IN_MB.", StatusCodes.Status413PayloadTooLarge);
        return room.TryGrow(length)
            ? null
            : new BadHttpRequestException("The bodies of the requests under way fill the memory that there is for them. Try again later.", StatusCodes.Status503ServiceUnavailable);
    }
}
