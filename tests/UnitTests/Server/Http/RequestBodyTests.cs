using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Thaw.Inference.Memory;
using Thaw.Server.Http;
using Thaw.UnitTests.Inference;

namespace Thaw.UnitTests.Server.Http;

public sealed class RequestBodyTests
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
        Assert.Equal(kind, RequestBody.KindOf(new DefaultHttpContext { Request = { ContentType = type } }.Request).ToString());

    [Fact]
    public async Task What_is_not_accepted_is_answered_with_415_and_what_would_be()
    {
        var context = new DefaultHttpContext { Request = { ContentType = "text/csv" } };
        using var body = new MemoryStream();
        context.Response.Body = body;

        Assert.True(await RequestBody.RefuseContentTypeAsync(context, ContentKind.Json, ContentKind.JsonLines));

        Assert.Equal(StatusCodes.Status415UnsupportedMediaType, context.Response.StatusCode);
        string? message = JsonDocument.Parse(body.ToArray()).RootElement.GetProperty("message").GetString();
        Assert.Contains("'text/csv'", message);
        Assert.Contains("application/jsonlines", message);
    }

    [Fact]
    public async Task What_is_accepted_is_not_answered()
    {
        var context = new DefaultHttpContext { Request = { ContentType = "application/json" } };

        Assert.False(await RequestBody.RefuseContentTypeAsync(context, ContentKind.Json));
        Assert.False(context.Response.HasStarted);
    }

    [Fact]
    public async Task A_body_is_whole_however_it_arrives()
    {
        var pipe = new Pipe();
        Task<ReadOnlySequence<byte>> reading = RequestBody.ReadAllAsync(ContextOver(pipe), Limit, Room()).AsTask();
        foreach (byte each in "{\"inputs\":\"é\"}"u8.ToArray())
        {
            await pipe.Writer.WriteAsync(new[] { each });
            Assert.False(reading.IsCompleted);
        }

        await pipe.Writer.CompleteAsync();

        ReadOnlySequence<byte> body = await reading.InTime();
        Assert.Equal("{\"inputs\":\"é\"}", Encoding.UTF8.GetString(body.ToArray()));
        pipe.Reader.AdvanceTo(body.End);
    }

    [Fact]
    public async Task An_empty_body_is_empty()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();

        Assert.True((await RequestBody.ReadAllAsync(ContextOver(pipe), Limit, Room()).InTime()).IsEmpty);
    }

    [Fact]
    public async Task A_body_that_never_ends_can_be_given_up()
    {
        using var cancellation = new CancellationTokenSource();
        HttpContext context = ContextOver(new Pipe());
        context.RequestAborted = cancellation.Token;
        Task<ReadOnlySequence<byte>> reading = RequestBody.ReadAllAsync(context, Limit, Room()).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.InTime());
    }

    [Fact]
    public async Task A_body_of_just_the_limit_is_read_and_a_longer_one_is_too_large()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[Limit]);
        Task<ReadOnlySequence<byte>> reading = RequestBody.ReadAllAsync(ContextOver(pipe), Limit, Room()).AsTask();
        Assert.False(reading.IsCompleted);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(Limit, (await reading.InTime()).Length);

        pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[Limit + 1]);
        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => RequestBody.ReadAllAsync(ContextOver(pipe), Limit, Room()).AsTask().InTime());
        Assert.Equal(StatusCodes.Status413PayloadTooLarge, exception.StatusCode);
    }

    [Fact]
    public async Task A_length_above_the_limit_is_too_large_before_a_byte_is_read()
    {
        HttpContext context = ContextOver(new Pipe());
        context.Request.ContentLength = Limit + 1;

        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => RequestBody.ReadAllAsync(context, Limit, Room()).AsTask().InTime());

        Assert.Contains($"{Limit} bytes", exception.Message);
    }

    [Fact]
    public async Task Bodies_that_are_too_large_together_are_put_off_and_fit_again_when_the_others_are_done()
    {
        var bodies = new MemoryBudget(Limit);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[700]);
        await pipe.Writer.CompleteAsync();
        HttpContext known = ContextOver(new Pipe());
        known.Request.ContentLength = 700;
        using (MemoryReservation first = bodies.TryReserve(0)!)
        {
            Assert.Equal(700, (await RequestBody.ReadAllAsync(ContextOver(pipe), Limit, first).AsTask().InTime()).Length);
            using MemoryReservation second = bodies.TryReserve(0)!;
            var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => RequestBody.ReadAllAsync(known, Limit, second).AsTask().InTime());
            Assert.Equal(StatusCodes.Status503ServiceUnavailable, exception.StatusCode);
        }

        Assert.Equal(0, bodies.Reserved);
        Assert.True(bodies.TryReserve(0)!.TryGrow(Limit));
    }

    private static MemoryReservation Room() => new MemoryBudget(10 * Limit).TryReserve(0)!;

    private const int Limit = 1000;

    private static HttpContext ContextOver(Pipe pipe)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(pipe.Reader));
        return context;
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
