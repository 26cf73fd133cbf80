namespace Thaw.TestModels.Weights;

/// <summary>
/// One parameter as PyTorch keeps it: a vector [n], or a matrix [rows, columns], which is [out, in] for a linear layer.
/// Its values are uniform in <c>Center ± Amplitude</c>.
/// </summary>
internal sealed record Weight(string Name, int Rows, int Columns, bool IsVector, float Center, float Amplitude)
{
    public long Count => (long)Rows * Columns;

    public long[] Dims => IsVector ? [Columns] : [Rows, Columns];

    public static Weight Vector(string name, int length, float center, float amplitude) =>
        new(name, 1, length, IsVector: true, center, amplitude);

    public static Weight Matrix(string name, int rows, int columns, float amplitude) =>
        new(name, rows, columns, IsVector: false, 0, amplitude);
}

/// <summary>A linear layer, y = x Wᵀ + b, of the PyTorch module at path <paramref name="Module"/>.</summary>
internal sealed record Linear(string Module, int Inputs, int Outputs)
{
    // A variance of 1/n for n inputs keeps activations near unit size through any number of layers, so that attention is
    // neither flat nor one-hot and a mistake anywhere shows in the logits.
    public Weight Weight { get; } = Weight.Matrix($"{Module}.weight", Outputs, Inputs, MathF.Sqrt(3f / Inputs));

    public Weight Bias { get; } = Weight.Vector($"{Module}.bias", Outputs, 0, 0.05f);
}

/// <summary>A layer normalization of the PyTorch module at path <paramref name="Module"/>.</summary>
internal sealed record Norm(string Module, int Size)
{
    public const float Epsilon = 1e-12f;

    public Weight Scale { get; } = Weight.Vector($"{Module}.weight", Size, 1, 0.1f);

    public Weight Bias { get; } = Weight.Vector($"{Module}.bias", Size, 0, 0.05f);
}
