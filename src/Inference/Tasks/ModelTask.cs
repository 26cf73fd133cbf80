using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>
/// What a model is asked: which of its outputs a run needs, and how a text's part of them becomes a row of numbers. What the numbers mean to a
/// caller is each task's own. Immutable.
/// </summary>
public abstract class ModelTask
{
    /// <summary>The name that Hugging Face's pipelines have for it.</summary>
    public abstract string Name { get; }

    /// <summary>Numbers in a text's row.</summary>
    public abstract int Width { get; }

    /// <summary>Positions of the outputs that a run computes.</summary>
    internal abstract ReadOnlySpan<int> Outputs { get; }

    /// <summary>Copies the rows out of ONNX Runtime's memory. Called on the thread of the run, while its outputs are alive.</summary>
    /// <param name="run">Its outputs are those of <see cref="Outputs"/>, in that order.</param>
    /// <param name="lengths">Tokens of each text of the run.</param>
    /// <param name="rows">[lengths.Length, <see cref="Width"/>].</param>
    /// <returns>Why the outputs are not what the model declares, or null.</returns>
    internal abstract InferenceError? Read(in OrtRun run, ReadOnlySpan<int> lengths, Span<float> rows);

    /// <param name="file">The model file's name.</param>
    /// <param name="what">What about the model is not supported, and what would be.</param>
    internal static InferenceError Unsupported(string file, string what) => new(InferenceErrorKind.InvalidModel, $"{file}: The model {what}.");
}
