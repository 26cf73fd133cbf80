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

    public static Task WriteAsync(HttpContext context, InferenceError error) => WriteAsync(context, StatusOf(error.Kind), TypeOf(error.Kind), error.Message);

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
        InferenceErrorKind.InvalidRequest or InferenceErrorKind.InvalidModel => StatusCodes.Status400BadRequest,
        InferenceErrorKind.ModelNotFound => StatusCodes.Status404NotFound,
        InferenceErrorKind.ModelExists => StatusCodes.Status409Conflict,
        InferenceErrorKind.OutOfMemory => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    // The names that multi-model-server uses, which clients of the platform know.
    private static string TypeOf(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.InvalidModel => "ModelException",
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
