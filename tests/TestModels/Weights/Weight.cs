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
