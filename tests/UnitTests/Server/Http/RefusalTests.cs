using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Thaw.Inference;
using Thaw.Server.Http;

namespace Thaw.UnitTests.Server.Http;

public sealed class ErrorResponsesTests
{
    [Theory]
    [InlineData(InferenceErrorKind.InvalidRequest, 400, "BadRequestException")]
    [InlineData(InferenceErrorKind.InvalidModel, 400, "ModelException")]
    [InlineData(InferenceErrorKind.ModelNotFound, 404, "ModelNotFoundException")]
    [InlineData(InferenceErrorKind.ModelExists, 409, "ConflictStatusException")]
    [InlineData(InferenceErrorKind.OutOfMemory, 507, "OutOfMemoryError")]
    [InlineData(InferenceErrorKind.Failed, 500, "InternalServerException")]
    public async Task Every_kind_has_its_status_and_type(InferenceErrorKind kind, int status, string type)
    {
        JsonElement body = await BodyOf(status, context => ErrorResponses.WriteAsync(context, new InferenceError(kind, "It is \"so\": é")));

        Assert.Equal(status, body.GetProperty("code").GetInt32());
        Assert.Equal(type, body.GetProperty("type").GetString());
        Assert.Equal("It is \"so\": é", body.GetProperty("message").GetString());
    }

    [Fact]
    public void No_kind_is_left_out() => Assert.Equal(6, Enum.GetValues<InferenceErrorKind>().Length);

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
    public async Task What_the_server_refuses_itself_has_a_type_by_its_status(int status, string type)
    {
        JsonElement body = await BodyOf(status, context => ErrorResponses.WriteAsync(context, status, "no"));

        Assert.Equal((status, type), (body.GetProperty("code").GetInt32(), body.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('\ud83d')]
    public async Task Long_messages_are_cut_to_what_the_platform_passes_on(char letter)
    {
        JsonElement body = await BodyOf(400, context => ErrorResponses.WriteAsync(context, 400, new string(letter, 100_000)));

        string message = body.GetProperty("message").GetString()!;
        Assert.InRange(message.Length, 1000, 2000);
        Assert.EndsWith("…", message);
    }

    [Fact]
    public async Task A_cut_through_a_surrogate_pair_leaves_valid_json()
    {
        string message = string.Concat(Enumerable.Repeat("😀", 2000));

        await BodyOf(400, context => ErrorResponses.WriteAsync(context, 400, message));
        await BodyOf(400, context => ErrorResponses.WriteAsync(context, 400, "x" + message));
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
