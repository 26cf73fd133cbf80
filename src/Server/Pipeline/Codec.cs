using System.Buffers;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;

namespace Thaw.Server.Pipeline;

/// <summary>How a protocol's route reads a body: into a request that fits the model's task and writes its own answer.</summary>
internal abstract class Codec
{
    public abstract ContentKinds Accepts { get; }

    /// <summary>Whether the header of SageMaker's that a client gets back comes with the answer; see <see cref="CustomAttributes"/>.</summary>
    public virtual bool EchoesCustomAttributes => false;

    /// <summary>Reads a body; the caller disposes the request. Nothing of the body is used after this.</summary>
    /// <param name="kind">One of those accepted.</param>
    /// <param name="task">What the model does, which decides what a request may contain.</param>
    public abstract Result<ModelRequest> Read(ReadOnlySequence<byte> body, ContentKinds kind, ModelTask task);
}
