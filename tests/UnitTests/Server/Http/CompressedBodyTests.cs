using System.Buffers;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Server.Http;

namespace Thaw.UnitTests.Server.Http;

/// <summary>Bodies that are gzip or deflate.</summary>
public sealed class CompressedBodyTests
{
    private const int Limit = 1 << 20;

    private readonly MemoryBudget _bodies = new(4 * Limit);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(300_000)]
    [InlineData(Limit)]
    public void What_was_compressed_is_read(int length)
    {
        byte[] bytes = Text(length);

        Assert.Equal(bytes, Read(ContentCoding.Gzip, Compress(bytes, stream => new GZipStream(stream, CompressionLevel.Fastest))));
        Assert.Equal(bytes, Read(ContentCoding.Deflate, Compress(bytes, stream => new ZLibStream(stream, CompressionLevel.SmallestSize))));
        Assert.Equal(bytes, Read(ContentCoding.Deflate, Compress(bytes, stream => new DeflateStream(stream, CompressionLevel.Optimal))));
    }

    [Fact]
    public void Several_gzip_members_are_one_body()
    {
        byte[] first = Text(100_000), second = Text(7);

        Assert.Equal([.. first, .. second], Read(ContentCoding.Gzip, [.. Gzip(first), .. Gzip([]), .. Gzip(second)]));
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    public void A_body_that_is_cut_off_anywhere_is_refused(object coding)
    {
        byte[][] wholes = (ContentCoding)coding == ContentCoding.Gzip ? [Gzip(Text(200))] : [Zlib(Text(200)), BareDeflate(Text(200))];
        foreach (byte[] whole in wholes)
        {
            for (int length = 1; length < whole.Length; length++)
                Assert.Equal(InferenceErrorKind.InvalidRequest, Refuse((ContentCoding)coding, whole[..length]).Kind);
        }
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    public void A_body_that_is_not_compressed_is_refused(object coding)
    {
        InferenceError error = Refuse((ContentCoding)coding, """{"inputs":"Où est la bibliothèque ?"}"""u8.ToArray());

        Assert.Equal(InferenceErrorKind.InvalidRequest, error.Kind);
        Assert.Contains("Content-Encoding", error.Message);
    }

    [Fact]
    public void A_preset_dictionary_is_refused() =>
        Assert.Equal(InferenceErrorKind.InvalidRequest, Refuse(ContentCoding.Deflate, [0x78, 0xbb, 1, 2, 3, 4]).Kind);

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    public void Any_damage_gives_the_bytes_or_a_refusal_and_leaves_no_buffer_out(object coding)
    {
        using var pools = new ArrayPoolWatch();
        byte[] whole = (ContentCoding)coding == ContentCoding.Gzip ? Gzip(Text(3000)) : Zlib(Text(3000));
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            if (ReadBody((ContentCoding)coding, damaged).TryGet(out RequestBody? body, out InferenceError? error)) body.Dispose();
            else refused += error.Kind == InferenceErrorKind.InvalidRequest ? 1 : 0;
            Assert.Equal(0, pools.Out);
            Assert.Equal(0, _bodies.Reserved);
        }

        // A gzip header has a few bytes that nothing depends on, such as the time.
        Assert.InRange(refused, 1900, 2000);
    }

    [Theory]
    [InlineData(Limit + 1)]
    [InlineData(100 << 20)]
    public void A_body_that_inflates_beyond_the_limit_is_too_large_and_is_not_inflated_further(int length)
    {
        byte[] bomb = Compress(new byte[length], stream => new GZipStream(stream, CompressionLevel.SmallestSize));
        Assert.True(bomb.Length < Limit / 8);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(InferenceErrorKind.PayloadTooLarge, Refuse(ContentCoding.Gzip, bomb).Kind);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * Limit);
        Assert.Equal(0, _bodies.Reserved);
    }

    [Fact]
    public void Inflated_bytes_count_against_the_memory_of_all_bodies()
    {
        byte[] compressed = Gzip(new byte[Limit]);
        using MemoryReservation others = _bodies.TryReserve(_bodies.Limit - (Limit / 2))!;

        Assert.Equal(InferenceErrorKind.Busy, Refuse(ContentCoding.Gzip, compressed).Kind);

        others.Settle(0);
        Assert.True(ReadBody(ContentCoding.Gzip, compressed).TryGet(out RequestBody? body, out _));
        Assert.Equal(Limit, _bodies.Reserved);
        body.Dispose();
        Assert.Equal(0, _bodies.Reserved);
    }

    [Fact]
    public void Buffers_go_back_as_soon_as_the_bytes_are_read()
    {
        using var pools = new ArrayPoolWatch();
        Assert.True(ReadBody(ContentCoding.Gzip, Gzip(Text(500_000))).TryGet(out RequestBody? body, out _));
        Assert.True(pools.Out > 0);

        body.ReleaseBytes();

        Assert.Equal(0, pools.Out);
        body.Dispose();
    }

    private byte[] Read(ContentCoding coding, byte[] compressed)
    {
        Assert.True(ReadBody(coding, compressed).TryGet(out RequestBody? body, out InferenceError? error), error?.Message);
        using (body) return body.Bytes.ToArray();
    }

    private InferenceError Refuse(ContentCoding coding, byte[] compressed)
    {
        Assert.False(ReadBody(coding, compressed).TryGet(out _, out InferenceError? error));
        return error;
    }

    /// <summary>A body that is there whole is read on this thread.</summary>
    private Result<RequestBody> ReadBody(ContentCoding coding, byte[] bytes)
    {
        var context = new DefaultHttpContext { Request = { Body = new MemoryStream(bytes) } };
        ValueTask<Result<RequestBody>> reading = RequestBody.ReadAsync(context, coding, Limit, _bodies);
        Assert.True(reading.IsCompletedSuccessfully);
        return reading.Result;
    }

    private static byte[] Zlib(byte[] bytes) => Compress(bytes, stream => new ZLibStream(stream, CompressionLevel.Optimal));

    private static byte[] BareDeflate(byte[] bytes) => Compress(bytes, stream => new DeflateStream(stream, CompressionLevel.Optimal));

    private static byte[] Gzip(byte[] bytes) => Compress(bytes, stream => new GZipStream(stream, CompressionLevel.Optimal));

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> open)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = open(compressed)) stream.Write(bytes);
        return compressed.ToArray();
    }

    private static byte[] Text(int length) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (length / 2) + 1).Select(i => $"{i * 7919 % 97} ")))[..length];
}
