namespace Thaw.TestModels.Weights;

/// <summary>A linear layer, y = x Wᵀ + b, of the PyTorch module at path <paramref name="Module"/>.</summary>
internal sealed record Linear(string Module, int Inputs, int Outputs)
{
    // A variance of 1/n for n inputs keeps activations near unit size through any number of layers, so that attention is
    // neither flat nor one-hot and a mistake anywhere shows in the logits.
    public Weight Weight { get; } = Weight.Matrix($"{Module}.weight", Outputs, Inputs, MathF.Sqrt(3f / Inputs));

    public Weight Bias { get; } = Weight.Vector($"{Module}.bias", Outputs, 0, 0.05f);
}
