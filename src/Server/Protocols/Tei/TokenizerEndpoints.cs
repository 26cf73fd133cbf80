using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Settings;
using Thaw.Tokenizers;

namespace Thaw.Server.Protocols.Tei;

/// <summary><c>POST /models/{name}/tokenize</c> and <c>/detokenize</c>, in the forms of text-embeddings-inference's /tokenize and /decode.</summary>
internal sealed class TokenizerEndpoints(ModelRequests requests, ModelTable<LoadedModel> models, ServerOptions options)
{
    // Bytes of all texts of a request, which are in memory at once; escaped, a byte can take six.
    private const int MostTextBytes = 8 << 20;

    public Task TokenizeAsync(HttpContext context) => requests.HandleAsync(context, TokenizeAsync, ContentKind.Json);

    public Task DetokenizeAsync(HttpContext context) => requests.HandleAsync(context, DetokenizeAsync, ContentKind.Json);

    private async Task<InferenceError?> TokenizeAsync(HttpContext context, string name, MemoryReservation room)
    {
        Result<TokenizeRequest> read = await RequestBody.ReadAsync(context, options.MaxPayloadBytes, room, body => TokenizeRequestReader.Read(body, options.MaxTexts));
        if (!read.TryGet(out TokenizeRequest? parsed, out InferenceError? invalid)) return invalid;
        using TokenizeRequest request = parsed;
        if (!(await FindAsync(name, context)).TryGet(out Tokenizer? tokenizer, out InferenceError? unknown)) return unknown;
        using var answer = new JsonAnswer(context.Response);
        using var writer = new TokenizeResponseWriter(answer, tokenizer, request);
        await writer.WriteAsync();
        return null;
    }

    private async Task<InferenceError?> DetokenizeAsync(HttpContext context, string name, MemoryReservation room)
    {
        Result<DetokenizeRequest> read = await RequestBody.ReadAsync(context, options.MaxPayloadBytes, room, body => DetokenizeRequestReader.Read(body, options.MaxTexts));
        if (!read.TryGet(out DetokenizeRequest? request, out InferenceError? invalid)) return invalid;
        if (!(await FindAsync(name, context)).TryGet(out Tokenizer? tokenizer, out InferenceError? unknown)) return unknown;

        var texts = new ArrayBufferWriter<byte>();
        var ends = new int[request.Count];
        for (int i = 0; i < request.Count; i++)
        {
            if (!tokenizer.TryDecode(request[i], request.SkipSpecialTokens, texts, MostTextBytes - texts.WrittenCount))
                return JsonBody.Invalid($"The ids make more than {MostTextBytes} bytes of text. Send fewer.");
            ends[i] = texts.WrittenCount;
        }

        using var answer = new JsonAnswer(context.Response);
        answer.Json.WriteStartArray();
        for (int i = 0; i < ends.Length; i++)
        {
            answer.Json.WriteStringValue(texts.WrittenSpan[(i == 0 ? 0 : ends[i - 1])..ends[i]]);
            await answer.SendAsync();
        }

        answer.Json.WriteEndArray();
        await answer.EndAsync();
        return null;
    }

    /// <summary>
    /// A model's tokenizer, once it is loaded. It is plain memory, so that it can be used without a lease: an answer that is taken slowly
    /// does not hold up an unload, and only keeps the vocabulary in memory.
    /// </summary>
    private async ValueTask<Result<Tokenizer>> FindAsync(string name, HttpContext context)
    {
        Result<ModelLease<LoadedModel>> acquired = await models.AcquireAsync(name, context.RequestAborted);
        if (!acquired.TryGet(out ModelLease<LoadedModel> lease, out InferenceError? unknown)) return unknown;
        using (lease) return lease.Model.Tokenizer;
    }
}
