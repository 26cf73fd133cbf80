using System.Text.Json;

namespace Thaw.Server.Http;

/// <summary>
/// A JSON body that is sent while it is written, so that no more than a part of a long one is in memory. The length of a short one is among the
/// headers.
/// </summary>
internal sealed class JsonAnswer : IDisposable
{
    // Twice what Kestrel holds for a client that takes nothing, so that parts are few and memory stays small.
    private const int PartBytes = 128 << 10;

    private readonly HttpResponse _response;
    private long _sent;

    public JsonAnswer(HttpResponse response)
    {
        _response = response;
        _response.ContentType = "application/json";
        Json = new Utf8JsonWriter(response.BodyWriter, JsonBody.WriterOptions);
    }

    public Utf8JsonWriter Json { get; }

    /// <summary>Whether enough is written to be sent.</summary>
    public bool IsFull => Json.BytesCommitted + Json.BytesPending - _sent >= PartBytes;

    /// <summary>Sends what is written, if it is enough, and waits while the client does not take it.</summary>
    public async ValueTask SendAsync()
    {
        if (!IsFull) return;
        Json.Flush();
        _sent = Json.BytesCommitted;
        await _response.BodyWriter.FlushAsync(_response.HttpContext.RequestAborted);
    }

    public async Task EndAsync()
    {
        Json.Flush();
        if (_sent == 0) _response.ContentLength = Json.BytesCommitted;
        // With the request's own token nothing would happen once the client has gone; but the headers still tell Kestrel how to go on.
        await _response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    public void Dispose() => Json.Dispose();
}
