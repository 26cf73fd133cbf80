using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Thaw.Inference;
using Thaw.Server.Management;

namespace Thaw.Server.Http;

/// <summary>The one place where a refusal becomes a status and a body.</summary>
internal static class ErrorResponses
{
    // The platform passes the first 2 KiB of a body on to the caller.
    private const int LongestMessage = 1800;

    public static Task WriteAsync(HttpContext context, InferenceError error) =>
        WriteAsync(context, StatusOf(error.Kind), TypeOf(error.Kind), error.Message + AdviceOn(error.Kind));

    /// <summary>For what the server itself refuses, before any model is asked.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message) => WriteAsync(context, status, TypeOf(status), message);

    private static async Task WriteAsync(HttpContext context, int status, string type, string message)
    {
        if (message.Length > LongestMessage) message = message[..LongestMessage] + "…";
        context.Response.StatusCode = status;
        await context.Response.WriteJsonAsync(new ErrorResponse(status, type, message), ManagementJson.Plain.ErrorResponse);
    }

    /// <summary>Writes a body whose length is known before its first byte leaves.</summary>
    public static async Task WriteJsonAsync<T>(this HttpResponse response, T value, JsonTypeInfo<T> type)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, response.HttpContext.RequestAborted);
    }

    private static int StatusOf(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.InvalidRequest or InferenceErrorKind.TextTooLong or InferenceErrorKind.InvalidModel or InferenceErrorKind.OutsideModelRoot => StatusCodes.Status400BadRequest,
        InferenceErrorKind.ModelNotFound => StatusCodes.Status404NotFound,
        InferenceErrorKind.ModelExists => StatusCodes.Status409Conflict,
        InferenceErrorKind.OverMemoryLimit or InferenceErrorKind.OutOfMemory => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static string AdviceOn(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.TextTooLong => " Shorten it, or let it be cut with \"truncation\": true.",
        InferenceErrorKind.OutsideModelRoot => " Put the model there, or change THAW_MODEL_ROOT.",
        InferenceErrorKind.ModelNotFound => " Load it with POST /models.",
        InferenceErrorKind.ModelExists => " DELETE /models/{name} first to load it again.",
        InferenceErrorKind.OverMemoryLimit => " Unload a model or raise the limit (THAW_MEMORY_LIMIT; THAW_CUDA_MEMORY_LIMIT on a device).",
        _ => "",
    };

    // The names that multi-model-server uses, which clients of the platform know.
    private static string TypeOf(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.InvalidModel or InferenceErrorKind.OutsideModelRoot => "ModelException",
        InferenceErrorKind.ModelNotFound => "ModelNotFoundException",
        _ => TypeOf(StatusOf(kind)),
    };

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
