using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Inference.Tasks;
using Thaw.Server.Pipeline;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>A request to classify texts.</summary>
/// <param name="lines">JSON lines: one value a line, in the request and in the answer.</param>
internal sealed class ClassificationRequest(bool lines) : ModelRequest
{
    private TextClassification? _task;
    private FloatRows? _scores;

    public RequestTexts Texts { get; } = new();

    public List<ClassificationItem> Items { get; } = [];

    public bool Lines => lines;

    public override RequestTexts TextsToRun => Texts;

    public override InferenceError? Finish(LoadedModel model, FloatRows? rows) => Score((TextClassification)model.Task, rows!);

    /// <summary>Turns logits into scores, in place, before anything is written: an error if a model's output is not a number.</summary>
    /// <param name="logits">[texts, labels].</param>
    public InferenceError? Score(TextClassification task, FloatRows logits)
    {
        foreach (ClassificationItem item in Items)
        {
            if (!task.FunctionFor(item.Parameters.Function).TryGet(out ScoreFunction function, out InferenceError? lost)) return lost;
            for (int i = item.First; i < item.First + item.Count; i++)
            {
                if (TextClassification.Score(logits.Row(i), function) is { } error) return error;
            }
        }

        (_task, _scores) = (task, logits);
        return null;
    }

    public override Task WriteAsync(HttpResponse response) => ClassificationWriter.WriteAsync(response, this, _task!, _scores!);

    public override void Dispose() => Texts.Dispose();
}
