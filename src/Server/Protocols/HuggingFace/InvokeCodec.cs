using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary><c>POST /models/{name}/invoke</c>: the forms of Hugging Face's inference toolkit and pipelines.</summary>
internal sealed class InvokeCodec(int maxTexts) : Codec
{
    public override ContentKinds Accepts => ContentKinds.Json | ContentKinds.JsonLines;

    public override bool EchoesCustomAttributes => true;

    public override Result<ModelRequest> Read(ReadOnlySequence<byte> body, ContentKinds kind, ModelTask task)
    {
        if (task is not TextClassification classification) return JsonBody.Invalid($"Models for {task.Name} do not answer here.");
        Result<ClassificationRequest> read = ClassificationReader.Read(body, kind == ContentKinds.JsonLines, maxTexts);
        if (!read.TryGet(out ClassificationRequest? request, out InferenceError? error)) return error;
        foreach (ClassificationItem item in request.Items)
        {
            if (classification.FunctionFor(item.Parameters.Function).TryGet(out _, out error)) continue;
            request.Dispose();
            return error;
        }

        return request;
    }
}
