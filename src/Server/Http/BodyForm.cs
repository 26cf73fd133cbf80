using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Thaw.Inference;

namespace Thaw.Server.Http;

/// <summary>What a request's headers say about its body.</summary>
/// <param name="Kind">One of the kinds.</param>
internal readonly record struct BodyForm(ContentKinds Kind, ContentCoding Coding)
{
    private const string Json = "application/json";

    /// <summary>
    /// Reads <c>Content-Type</c>, whose parameters such as charset do not matter, and <c>Content-Encoding</c>. A request without a type contains JSON.
    /// </summary>
    /// <param name="accepted">Other kinds are refused.</param>
    public static Result<BodyForm> Of(HttpRequest request, ContentKinds accepted)
    {
        string? type = request.ContentType;
        ContentKinds kind = string.IsNullOrEmpty(type) || type.Equals(Json, StringComparison.OrdinalIgnoreCase) ? ContentKinds.Json : KindOf(type);
        if ((kind & accepted) == 0)
        {
            string supported = accepted.HasFlag(ContentKinds.JsonLines) ? Json + " or application/jsonlines" : Json;
            return Unsupported($"Content-Type '{type}' is not supported. Send {supported}.");
        }

        StringValues coding = request.Headers.ContentEncoding;
        if (coding.Count == 0) return new BodyForm(kind, ContentCoding.Identity);
        return coding.ToString().Trim().ToLowerInvariant() switch
        {
            "" or "identity" => new BodyForm(kind, ContentCoding.Identity),
            // The older name for it (RFC 9110, section 8.4.1.3).
            "gzip" or "x-gzip" => new BodyForm(kind, ContentCoding.Gzip),
            "deflate" => new BodyForm(kind, ContentCoding.Deflate),
            _ => Unsupported($"Content-Encoding '{coding}' is not supported. Send gzip, deflate, or an uncompressed body."),
        };
    }

    private static ContentKinds KindOf(string type)
    {
        if (!MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed)) return ContentKinds.None;
        return parsed.MediaType.Value?.ToLowerInvariant() switch
        {
            Json => ContentKinds.Json,
            "application/jsonlines" or "application/x-jsonlines" or "application/x-ndjson" => ContentKinds.JsonLines,
            _ => ContentKinds.None,
        };
    }

    private static InferenceError Unsupported(string message) => new(InferenceErrorKind.UnsupportedMediaType, message);
}
