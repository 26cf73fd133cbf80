using System.Text.Json;
using Thaw.Inference;

namespace Thaw.Server.Http;

/// <summary>What a request that is refused is answered with: the one place where an error becomes a status, a type and advice.</summary>
/// <param name="Type">The name that Amazon's multi-model-server has for it.</param>
internal sealed record Refusal(int Status, string Type, string Message)
{
    // SageMaker passes on the first 2 KiB of a body.
    private const int LongestMessage = 1800;

    public static Refusal Of(InferenceError error)
    {
        (int status, string? type, string advice) = Describe(error.Kind);
        return new Refusal(status, type ?? TypeOf(status), error.Message + advice);
    }

    /// <summary>For what never reaches a handler.</summary>
    public static Refusal Of(int status, string message) => new(status, TypeOf(status), message);

    /// <summary>Answers with the route's own format; the whole body fits into the response's buffer, so that a slow client is not waited for.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        ErrorFormat format = context.GetEndpoint()?.Metadata.GetMetadata<ErrorFormat>() ?? WriteMultiModel;
        context.Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        // RFC 9110, section 15.5.16.
        if (Status == StatusCodes.Status415UnsupportedMediaType) context.Response.Headers.AcceptEncoding = "gzip, deflate";
        using var answer = new JsonAnswer(context.Response);
        format(answer.Json, this);
        await answer.EndAsync();
    }

    /// <summary>The form of Amazon's multi-model-server, which SageMaker's clients know.</summary>
    public static void WriteMultiModel(Utf8JsonWriter json, Refusal refusal)
    {
        string message = refusal.Message;
        json.WriteStartObject();
        json.WriteNumber("code"u8, refusal.Status);
        json.WriteString("type"u8, refusal.Type);
        json.WriteString("message"u8, message.Length > LongestMessage ? message[..LongestMessage] + "…" : message);
        json.WriteEndObject();
    }

    private static (int Status, string? Type, string Advice) Describe(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.InvalidRequest => (StatusCodes.Status400BadRequest, null, ""),
        InferenceErrorKind.TextTooLong => (StatusCodes.Status400BadRequest, null, " Shorten it, or let it be cut with \"truncation\": true."),
        InferenceErrorKind.InvalidModel => (StatusCodes.Status400BadRequest, "ModelException", ""),
        InferenceErrorKind.OutsideModelRoot => (StatusCodes.Status400BadRequest, "ModelException", " Put the model there, or change THAW_MODEL_ROOT."),
        InferenceErrorKind.ModelNotFound =>
            (StatusCodes.Status404NotFound, "ModelNotFoundException", " GET /models lists the loaded models; POST /models loads one."),
        InferenceErrorKind.ModelExists => (StatusCodes.Status409Conflict, null, " DELETE /models/{name} first to load it again."),
        InferenceErrorKind.PayloadTooLarge => (StatusCodes.Status413PayloadTooLarge, null, " Send less, or raise SAGEMAKER_MAX_PAYLOAD_IN_MB."),
        InferenceErrorKind.UnsupportedMediaType => (StatusCodes.Status415UnsupportedMediaType, null, ""),
        InferenceErrorKind.Busy => (StatusCodes.Status503ServiceUnavailable, null, " Try again later."),
        InferenceErrorKind.OverMemoryLimit =>
            (StatusCodes.Status507InsufficientStorage, null, " Unload a model or raise the limit (THAW_MEMORY_LIMIT; THAW_CUDA_MEMORY_LIMIT on a device)."),
        InferenceErrorKind.OutOfMemory => (StatusCodes.Status507InsufficientStorage, null, ""),
        _ => (StatusCodes.Status500InternalServerError, null, ""),
    };

    // The names that multi-model-server uses, which clients of the platform know.
    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "ResourceNotFoundException",
        StatusCodes.Status405MethodNotAllowed => "MethodNotAllowedException",
        StatusCodes.Status408RequestTimeout => "RequestTimeoutException",
        StatusCodes.Status409Conflict => "ConflictStatusException",
        StatusCodes.Status413PayloadTooLarge => "PayloadTooLargeException",
        StatusCodes.Status415UnsupportedMediaType => "UnsupportedMediaTypeException",
        StatusCodes.Status503ServiceUnavailable => "ServiceUnavailableException",
        StatusCodes.Status507InsufficientStorage => "OutOfMemoryError",
        >= 500 => "InternalServerException",
        _ => "BadRequestException",
    };
}
