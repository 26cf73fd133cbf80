namespace Thaw.TestModels.Weights;

/// <summary>A layer normalization of the PyTorch module at path <paramref name="Module"/>.</summary>
internal sealed record Norm(string Module, int Size)
{
    public const float Epsilon = 1e-12f;

    public Weight Scale { get; } = Weight.Vector($"{Module}.weight", Size, 1, 0.1f);

    public Weight Bias { get; } = Weight.Vector($"{Module}.bias", Size, 0, 0.05f);
}
