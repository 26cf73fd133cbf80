using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Server.Http;
using Thaw.UnitTests.Inference;

namespace Thaw.UnitTests.Server.Http;

public sealed class RequestBodyTests
{
    private const int Limit = 1000;

    private readonly MemoryBudget _bodies = new(10 * Limit);

    [Fact]
    public async Task A_body_is_whole_however_it_arrives()
    {
        var pipe = new Pipe();
        Task<Result<RequestBody>> reading = ReadAsync(ContextOver(pipe));
        foreach (byte each in "{\"inputs\":\"é\"}"u8.ToArray())
        {
            await pipe.Writer.WriteAsync(new[] { each });
            Assert.False(reading.IsCompleted);
        }

        await pipe.Writer.CompleteAsync();

        Assert.True((await reading.InTime()).TryGet(out RequestBody? body, out _));
        Assert.Equal("{\"inputs\":\"é\"}", Encoding.UTF8.GetString(body.Bytes.ToArray()));
        body.Dispose();
        Assert.Equal(0, _bodies.Reserved);
    }

    [Fact]
    public async Task An_empty_body_is_empty()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();

        Assert.True((await ReadAsync(ContextOver(pipe)).InTime()).TryGet(out RequestBody? body, out _));

        Assert.True(body.Bytes.IsEmpty);
        body.Dispose();
    }

    [Fact]
    public async Task A_body_that_never_ends_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var pipe = new Pipe();
        HttpContext context = ContextOver(pipe);
        context.RequestAborted = cancellation.Token;
        await pipe.Writer.WriteAsync(new byte[7]);
        Task<Result<RequestBody>> reading = ReadAsync(context);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.InTime());
        Assert.Equal(0, _bodies.Reserved);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_read_and_a_longer_one_is_too_large()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[Limit]);
        Task<Result<RequestBody>> reading = ReadAsync(ContextOver(pipe));
        Assert.False(reading.IsCompleted);
        await pipe.Writer.CompleteAsync();
        Assert.True((await reading.InTime()).TryGet(out RequestBody? body, out _));
        Assert.Equal(Limit, body.Bytes.Length);
        body.Dispose();

        pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[Limit + 1]);
        Assert.False((await ReadAsync(ContextOver(pipe)).InTime()).TryGet(out _, out InferenceError? error));
        Assert.Equal(InferenceErrorKind.PayloadTooLarge, error.Kind);
        Assert.Equal(0, _bodies.Reserved);
        await AssertReadableAsync(pipe);
    }

    [Fact]
    public async Task A_length_above_the_limit_is_too_large_before_a_byte_is_read()
    {
        HttpContext context = ContextOver(new Pipe());
        context.Request.ContentLength = Limit + 1;

        Assert.False((await ReadAsync(context).InTime()).TryGet(out _, out InferenceError? error));

        Assert.Equal(InferenceErrorKind.PayloadTooLarge, error.Kind);
        Assert.Contains($"{Limit} bytes", error.Message);
    }

    [Fact]
    public async Task Bodies_that_are_too_large_together_are_put_off_and_fit_again_when_the_others_are_done()
    {
        var bodies = new MemoryBudget(Limit);
        Assert.True((await ReadAsync(ContextOver(await PipeWith(700)), bodies).InTime()).TryGet(out RequestBody? first, out _));

        Assert.False((await ReadAsync(ContextOver(await PipeWith(700)), bodies).InTime()).TryGet(out _, out InferenceError? error));
        Assert.Equal(InferenceErrorKind.Busy, error.Kind);

        first.Dispose();
        Assert.Equal(0, bodies.Reserved);
        Assert.True((await ReadAsync(ContextOver(await PipeWith(Limit)), bodies).InTime()).TryGet(out RequestBody? last, out _));
        last.Dispose();
    }

    [Fact]
    public async Task Announced_bytes_that_have_not_arrived_take_nothing_from_others()
    {
        var bodies = new MemoryBudget(Limit);
        Pipe[] slow = [new(), new()];
        Task<Result<RequestBody>>[] announced = new Task<Result<RequestBody>>[slow.Length];
        for (int i = 0; i < slow.Length; i++)
        {
            HttpContext context = ContextOver(slow[i]);
            context.Request.ContentLength = 900;
            await slow[i].Writer.WriteAsync(new byte[10]);
            announced[i] = ReadAsync(context, bodies);
        }

        Assert.Equal(20, bodies.Reserved);
        HttpContext other = ContextOver(await PipeWith(950));
        other.Request.ContentLength = 950;
        Assert.True((await ReadAsync(other, bodies).InTime()).TryGet(out RequestBody? body, out _));
        body.Dispose();

        foreach (Pipe pipe in slow) await pipe.Writer.CompleteAsync();
        foreach (Task<Result<RequestBody>> reading in announced)
        {
            Assert.True((await reading.InTime()).TryGet(out RequestBody? received, out _));
            received.Dispose();
        }

        Assert.Equal(0, bodies.Reserved);
    }

    [Fact]
    public async Task Memory_stays_reserved_after_the_buffers_are_returned()
    {
        Pipe pipe = await PipeWith(700);
        Assert.True((await ReadAsync(ContextOver(pipe)).InTime()).TryGet(out RequestBody? body, out _));

        body.ReleaseBytes();

        Assert.True(body.Bytes.IsEmpty);
        Assert.Equal(700, _bodies.Reserved);
        await AssertReadableAsync(pipe);
        body.Dispose();
        body.Dispose();
        Assert.Equal(0, _bodies.Reserved);
    }

    private Task<Result<RequestBody>> ReadAsync(HttpContext context, MemoryBudget? bodies = null) =>
        RequestBody.ReadAsync(context, ContentCoding.Identity, Limit, bodies ?? _bodies).AsTask();

    private static async Task<Pipe> PipeWith(int bytes)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[bytes]);
        await pipe.Writer.CompleteAsync();
        return pipe;
    }

    /// <summary>Kestrel reads what is left of a body; it could not if a read were still open.</summary>
    private static async Task AssertReadableAsync(Pipe pipe)
    {
        await pipe.Writer.CompleteAsync();
        ReadResult rest = await pipe.Reader.ReadAsync();
        Assert.True(rest.IsCompleted && rest.Buffer.IsEmpty);
        pipe.Reader.AdvanceTo(rest.Buffer.End);
    }

    private static HttpContext ContextOver(Pipe pipe)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(pipe.Reader));
        return context;
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
