namespace Thaw.ColdLoad.Warm;

/// <summary>A request of so many texts, each of so many tokens.</summary>
internal sealed record WarmShape(int Texts, int Tokens)
{
    public static IReadOnlyList<WarmShape> All { get; } =
    [
        new(1, 8), new(1, 16), new(1, 32), new(1, 64), new(1, 128), new(1, 256), new(1, 512), new(4, 16), new(8, 16), new(8, 64), new(4, 256),
    ];

    public override string ToString() => $"{Texts} x {Tokens}";
}
