using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;

namespace Thaw.Server.Protocols.Tei;

/// <summary><c>POST /models/{name}/tokenize</c>, in the form of text-embeddings-inference's <c>/tokenize</c>, for models of any task.</summary>
internal sealed class TokenizeCodec(int maxTexts) : Codec
{
    public override ContentKinds Accepts => ContentKinds.Json;

    public override Result<ModelRequest> Read(ReadOnlySequence<byte> body, ContentKinds kind, ModelTask task) =>
        TokenizeReader.Read(body, maxTexts).TryGet(out TokenizeRequest? request, out InferenceError? error) ? request : error;
}
