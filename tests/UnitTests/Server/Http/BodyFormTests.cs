using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Thaw.Inference;
using Thaw.Server.Http;

namespace Thaw.UnitTests.Server.Http;

public sealed class BodyFormTests
{
    [Theory]
    [InlineData(null, "Json")]
    [InlineData("", "Json")]
    [InlineData("application/json", "Json")]
    [InlineData("Application/JSON", "Json")]
    [InlineData("application/json; charset=utf-8", "Json")]
    [InlineData("application/json;charset=\"UTF-8\"; x=y", "Json")]
    [InlineData(" application/json ", "Json")]
    [InlineData("application/jsonlines", "JsonLines")]
    [InlineData("application/x-jsonlines; charset=utf-8", "JsonLines")]
    [InlineData("application/x-ndjson", "JsonLines")]
    [InlineData("text/csv", "Other")]
    [InlineData("application/x-npy", "Other")]
    [InlineData("application/x-www-form-urlencoded", "Other")]
    [InlineData("application/jsonx", "Other")]
    [InlineData("json", "Other")]
    [InlineData("application/json, text/csv", "Other")]
    [InlineData(";", "Other")]
    public void The_content_type_says_what_a_body_is(string? type, string kind) =>
        Assert.Equal(kind, Read(type, ContentKinds.Json | ContentKinds.JsonLines).TryGet(out BodyForm form, out _) ? form.Kind.ToString() : "Other");

    [Theory]
    [InlineData(ContentKinds.Json, "application/json.")]
    [InlineData(ContentKinds.Json | ContentKinds.JsonLines, "application/json or application/jsonlines.")]
    public void A_type_that_is_not_accepted_is_refused_with_those_that_are(object accepted, string advice)
    {
        Assert.False(Read("text/csv", (ContentKinds)accepted).TryGet(out _, out InferenceError? error));
        Assert.Equal(new InferenceError(InferenceErrorKind.UnsupportedMediaType, "Content-Type 'text/csv' is not supported. Send " + advice), error);
    }

    [Fact]
    public void Json_lines_are_refused_where_only_json_is_accepted() => Assert.False(Read("application/jsonlines", ContentKinds.Json).TryGet(out _, out _));

    [Theory]
    [InlineData("Identity")]
    [InlineData("Identity", "")]
    [InlineData("Identity", "identity")]
    [InlineData("Gzip", "gzip")]
    [InlineData("Gzip", " GZip ")]
    [InlineData("Gzip", "x-gzip")]
    [InlineData("Deflate", "deflate")]
    [InlineData("Other", "br")]
    [InlineData("Other", "zstd")]
    [InlineData("Other", "compress")]
    [InlineData("Other", "gzip, gzip")]
    [InlineData("Other", "gzip", "gzip")]
    [InlineData("Other", "identity, gzip")]
    public void The_content_encoding_says_how_a_body_is_compressed(string coding, params string[] headers) =>
        Assert.Equal(coding, Read(null, ContentKinds.Json, headers).TryGet(out BodyForm form, out _) ? form.Coding.ToString() : "Other");

    [Fact]
    public void An_encoding_that_is_not_supported_is_refused_with_those_that_are()
    {
        Assert.False(Read(null, ContentKinds.Json, "br").TryGet(out _, out InferenceError? error));
        Assert.Equal(
            new InferenceError(
                InferenceErrorKind.UnsupportedMediaType, "Content-Encoding 'br' is not supported. Send gzip, deflate, or an uncompressed body."),
            error);
    }

    private static Result<BodyForm> Read(string? type, ContentKinds accepted, params string[] coding)
    {
        var context = new DefaultHttpContext { Request = { ContentType = type } };
        if (coding.Length > 0) context.Request.Headers.ContentEncoding = new StringValues(coding);
        return BodyForm.Of(context.Request, accepted);
    }
}
