using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;

namespace Thaw.Server.Pipeline;

/// <summary>A request to a model, as a codec understood it. Its one owner disposes it when the answer is written.</summary>
internal abstract class ModelRequest : IDisposable
{
    /// <summary>The texts that the model runs on; null where its tokenizer alone is asked.</summary>
    public virtual RequestTexts? TextsToRun => null;

    /// <summary>Makes the answer, while the model's lease is held. After this only managed memory of the model is used.</summary>
    /// <param name="rows">The row of numbers of each text that ran; the caller keeps them until the answer is written.</param>
    public abstract InferenceError? Finish(LoadedModel model, FloatRows? rows);

    /// <summary>Writes the answer, for as long as the client takes it.</summary>
    public abstract Task WriteAsync(HttpResponse response);

    public virtual void Dispose()
    {
    }
}
