using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Thaw.Inference;
using Thaw.Inference.Memory;

namespace Thaw.Server.Http;

/// <summary>A request's whole body, inflated if it was compressed. Its one owner disposes it when the request is answered.</summary>
internal sealed class RequestBody : IDisposable
{
    private static readonly PipeOptions InflatedOptions = new(pauseWriterThreshold: 0, minimumSegmentSize: 64 << 10, useSynchronizationContext: false);

    // In a read that only ReleaseBytes ends.
    private PipeReader? _reader;

    private RequestBody(MemoryReservation room) => Room = room;

    /// <summary>The memory that is reserved for the body, and for what is made of it.</summary>
    public MemoryReservation Room { get; }

    /// <summary>The bytes, in the buffers that they were received or inflated into; gone after <see cref="ReleaseBytes"/>.</summary>
    public ReadOnlySequence<byte> Bytes { get; private set; }

    /// <summary>Reads the body without copying it out of the connection's buffers.</summary>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="limit">Most bytes, compressed and inflated. This method enforces it and not Kestrel, which would close the connection while
    /// the client still sends, so that the client would never see the answer; what is left unread Kestrel drains, for five seconds.</param>
    /// <param name="bodies">Memory for all bodies together. What is received counts, not what is announced: a client that announces much and
    /// sends slowly must not turn others away.</param>
    /// <returns>The body is larger than the limit, all bodies together are too large, or it cannot be inflated.</returns>
    /// <exception cref="BadHttpRequestException">Kestrel's: the body ends too early, comes too slowly, or its chunks are malformed.</exception>
    public static async ValueTask<Result<RequestBody>> ReadAsync(HttpContext context, ContentCoding coding, long limit, MemoryBudget bodies)
    {
        if (context.Request.ContentLength > limit) return TooLarge(limit);
        var body = new RequestBody(bodies.Open());
        bool handedOver = false;
        try
        {
            InferenceError? refusal = await body.ReceiveAsync(context, limit);
            if (refusal is null && coding != ContentCoding.Identity) refusal = body.Inflate(coding, limit);
            if (refusal is not null) return refusal;
            handedOver = true;
            return body;
        }
        finally
        {
            if (!handedOver) body.Dispose();
        }
    }

    /// <summary>Gives the buffers back once the bytes are read; the memory stays reserved, for what was made of them.</summary>
    public void ReleaseBytes()
    {
        _reader?.AdvanceTo(Bytes.End);
        _reader = null;
        Bytes = default;
    }

    public void Dispose()
    {
        ReleaseBytes();
        Room.Dispose();
    }

    private async ValueTask<InferenceError?> ReceiveAsync(HttpContext context, long limit)
    {
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(context.RequestAborted);
            InferenceError? refusal = result.Buffer.Length > limit ? TooLarge(limit) : Room.TryGrow(result.Buffer.Length) ? null : Full();
            if (refusal is not null)
            {
                reader.AdvanceTo(result.Buffer.End);
                return refusal;
            }

            if (result.IsCompleted)
            {
                (_reader, Bytes) = (reader, result.Buffer);
                return null;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Puts the inflated bytes in place of the received ones. Both are in memory meanwhile, and both count.</summary>
    private InferenceError? Inflate(ContentCoding coding, long limit)
    {
        var pipe = new Pipe(InflatedOptions);
        bool handedOver = false;
        try
        {
            using Stream stream = Inflater(coding, Bytes);
            long received = Bytes.Length, inflated = 0;
            while (true)
            {
                Memory<byte> memory = pipe.Writer.GetMemory();
                if (!Room.TryGrow(received + inflated + memory.Length)) return Full();
                int read = stream.Read(memory.Span);
                if (read == 0) break;
                pipe.Writer.Advance(read);
                inflated += read;
                if (inflated > limit) return TooLarge(limit);
            }

            ReleaseBytes();
            Room.Settle(inflated);
            pipe.Writer.Complete();
            if (pipe.Reader.TryRead(out ReadResult result)) (_reader, Bytes) = (pipe.Reader, result.Buffer);
            handedOver = true;
            return null;
        }
        // IOException: what zlib refuses apart from broken data, such as a preset dictionary. Only memory is read here.
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            string name = coding.ToString().ToLowerInvariant();
            return new InferenceError(InferenceErrorKind.InvalidRequest, $"The body is not valid {name}, as Content-Encoding says, or it is incomplete.");
        }
        finally
        {
            if (!handedOver)
            {
                pipe.Writer.Complete();
                pipe.Reader.Complete();
            }
        }
    }

    private static Stream Inflater(ContentCoding coding, ReadOnlySequence<byte> bytes)
    {
        Stream compressed = PipeReader.Create(bytes).AsStream();
        if (coding == ContentCoding.Gzip) return new GZipStream(compressed, CompressionMode.Decompress);
        // "deflate" is the zlib format (RFC 9110, section 8.4.1.2), but some clients send bare deflate, as browsers and curl accept it from servers.
        // A zlib stream begins with a multiple of 31 whose first byte says deflate (RFC 1950); no usual encoder begins a bare one so.
        Span<byte> header = stackalloc byte[2];
        bytes.Slice(0, Math.Min(2, bytes.Length)).CopyTo(header);
        bool isZlib = (header[0] & 0x0f) == 8 && ((header[0] << 8) | header[1]) % 31 == 0;
        return isZlib ? new ZLibStream(compressed, CompressionMode.Decompress) : new DeflateStream(compressed, CompressionMode.Decompress);
    }

    private static InferenceError TooLarge(long limit) => new(InferenceErrorKind.PayloadTooLarge, $"The request's body is larger than {limit} bytes.");

    private static InferenceError Full() => new(InferenceErrorKind.Busy, "The memory reserved for request bodies is full.");
}
