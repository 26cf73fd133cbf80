using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Thaw.Inference;
using Thaw.Server.Http;

namespace Thaw.UnitTests.Server.Http;

public sealed class RefusalTests
{
    [Theory]
    [InlineData(InferenceErrorKind.InvalidRequest, 400, "BadRequestException", "")]
    [InlineData(InferenceErrorKind.TextTooLong, 400, "BadRequestException", " Shorten it, or let it be cut with \"truncation\": true.")]
    [InlineData(InferenceErrorKind.InvalidModel, 400, "ModelException", "")]
    [InlineData(InferenceErrorKind.OutsideModelRoot, 400, "ModelException", " Put the model there, or change THAW_MODEL_ROOT.")]
    [InlineData(InferenceErrorKind.ModelNotFound, 404, "ModelNotFoundException", " GET /models lists the loaded models; POST /models loads one.")]
    [InlineData(InferenceErrorKind.ModelExists, 409, "ConflictStatusException", " DELETE /models/{name} first to load it again.")]
    [InlineData(InferenceErrorKind.PayloadTooLarge, 413, "PayloadTooLargeException", " Send less, or raise SAGEMAKER_MAX_PAYLOAD_IN_MB.")]
    [InlineData(InferenceErrorKind.UnsupportedMediaType, 415, "UnsupportedMediaTypeException", "")]
    [InlineData(InferenceErrorKind.Busy, 503, "ServiceUnavailableException", " Try again later.")]
    [InlineData(
        InferenceErrorKind.OverMemoryLimit,
        507,
        "OutOfMemoryError",
        " Unload a model or raise the limit (THAW_MEMORY_LIMIT; THAW_CUDA_MEMORY_LIMIT on a device).")]
    [InlineData(InferenceErrorKind.OutOfMemory, 507, "OutOfMemoryError", "")]
    [InlineData(InferenceErrorKind.Failed, 500, "InternalServerException", "")]
    public async Task Every_kind_has_its_status_type_and_advice(InferenceErrorKind kind, int status, string type, string advice)
    {
        JsonElement body = await BodyOf(status, context => Refusal.Of(new InferenceError(kind, "It is \"so\": é.")).WriteAsync(context));

        Assert.Equal(["code", "type", "message"], body.EnumerateObject().Select(property => property.Name));
        Assert.Equal(status, body.GetProperty("code").GetInt32());
        Assert.Equal(type, body.GetProperty("type").GetString());
        Assert.Equal("It is \"so\": é." + advice, body.GetProperty("message").GetString());
        Assert.Contains("é", body.GetRawText());
    }

    [Fact]
    public void No_kind_is_left_out() => Assert.Equal(12, Enum.GetValues<InferenceErrorKind>().Length);

    [Fact]
    public async Task The_routes_own_format_is_used()
    {
        using var exchange = new Exchange();
        ErrorFormat format = (json, refusal) => json.WriteStringValue($"{refusal.Status} {refusal.Message}");
        exchange.Context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(format), null));

        await Refusal.Of(new InferenceError(InferenceErrorKind.InvalidRequest, "Mine.")).WriteAsync(exchange.Context);

        Assert.Equal((400, "\"400 Mine.\""), (exchange.Status, exchange.Text));
    }

    [Fact]
    public async Task A_client_that_is_put_off_is_told_when_to_try_again()
    {
        using var exchange = new Exchange();

        await Refusal.Of(new InferenceError(InferenceErrorKind.Busy, "Full.")).WriteAsync(exchange.Context);

        Assert.Equal("1", exchange.Context.Response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(400, "BadRequestException")]
    [InlineData(404, "ResourceNotFoundException")]
    [InlineData(405, "MethodNotAllowedException")]
    [InlineData(408, "RequestTimeoutException")]
    [InlineData(413, "PayloadTooLargeException")]
    [InlineData(415, "UnsupportedMediaTypeException")]
    [InlineData(431, "BadRequestException")]
    [InlineData(500, "InternalServerException")]
    [InlineData(503, "ServiceUnavailableException")]
    public async Task A_refusal_without_a_kind_has_a_type_by_its_status(int status, string type)
    {
        JsonElement body = await BodyOf(status, context => Refusal.Of(status, "no").WriteAsync(context));

        Assert.Equal((status, type), (body.GetProperty("code").GetInt32(), body.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('\ud83d')]
    public async Task Long_messages_are_cut_to_what_the_platform_passes_on(char letter)
    {
        JsonElement body = await BodyOf(400, context => Refusal.Of(400, new string(letter, 100_000)).WriteAsync(context));

        string message = body.GetProperty("message").GetString()!;
        Assert.InRange(message.Length, 1000, 2000);
        Assert.EndsWith("…", message);
    }

    [Fact]
    public async Task A_cut_through_a_surrogate_pair_leaves_valid_json()
    {
        string message = string.Concat(Enumerable.Repeat("😀", 2000));

        await BodyOf(400, context => Refusal.Of(400, message).WriteAsync(context));
        await BodyOf(400, context => Refusal.Of(400, "x" + message).WriteAsync(context));
    }

    private static async Task<JsonElement> BodyOf(int status, Func<HttpContext, Task> write)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await write(context);
        await context.Response.BodyWriter.FlushAsync();
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal("application/json", context.Response.ContentType);
        Assert.Equal(body.Length, context.Response.ContentLength);
        return JsonDocument.Parse(body.ToArray()).RootElement;
    }
}
