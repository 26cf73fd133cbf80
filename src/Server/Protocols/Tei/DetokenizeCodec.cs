using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;

namespace Thaw.Server.Protocols.Tei;

/// <summary><c>POST /models/{name}/detokenize</c>, in the form of text-embeddings-inference's <c>/decode</c>, for models of any task.</summary>
internal sealed class DetokenizeCodec(int maxTexts) : Codec
{
    public override ContentKinds Accepts => ContentKinds.Json;

    public override Result<ModelRequest> Read(ReadOnlySequence<byte> body, ContentKinds kind, ModelTask task) =>
        DetokenizeReader.Read(body, maxTexts).TryGet(out DetokenizeRequest? request, out InferenceError? error) ? request : error;
}
