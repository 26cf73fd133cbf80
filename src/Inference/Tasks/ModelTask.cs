using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tasks;

/// <summary>
/// What a model is used for: which of its outputs a run needs, and how a text's part of them becomes a row of numbers. Each task defines what
/// the numbers mean. Immutable.
/// </summary>
public abstract class ModelTask
{
    /// <summary>The task's name in Hugging Face's pipelines.</summary>
    public abstract string Name { get; }

    /// <summary>Number of values in a text's row.</summary>
    public abstract int Width { get; }

    /// <summary>Positions of the outputs that a run computes.</summary>
    internal abstract ReadOnlySpan<int> Outputs { get; }

    /// <summary>Copies the rows out of ONNX Runtime's memory. Called on the run's thread, while its outputs are alive.</summary>
    /// <param name="run">It computed <see cref="Outputs"/>, in this order.</param>
    /// <param name="lengths">Number of tokens of each text.</param>
    /// <param name="rows">[lengths.Length, <see cref="Width"/>].</param>
    /// <returns>Why the outputs are not what the model declares, or null.</returns>
    internal abstract InferenceError? Read(in OrtRun run, ReadOnlySpan<int> lengths, Span<float> rows);

    /// <param name="file">The model file's name.</param>
    /// <param name="what">What the model has or does that is not supported, and what is.</param>
    internal static InferenceError Unsupported(string file, string what) => new(InferenceErrorKind.InvalidModel, $"{file}: The model {what}.");
}
