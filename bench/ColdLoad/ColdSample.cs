using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad;

/// <summary>Figures of one fresh process that loaded a model and answered with it.</summary>
/// <param name="Load">Milliseconds until the model was loaded.</param>
/// <param name="First">Milliseconds from there to the first answer.</param>
/// <param name="Added">Memory after the first answer minus memory before the load.</param>
/// <param name="Logits">What it answered.</param>
internal sealed record ColdSample(double Load, double First, MappedMemory Added, float[] Logits)
{
    public double Together => Load + First;

    /// <summary>Version of the library; plain ways only.</summary>
    public string? Library { get; init; }

    /// <summary>Median time of later answers, in milliseconds; for a server, of those before the promotion.</summary>
    public double? Warm { get; init; }

    /// <summary>The same after the promotion; null if there was none.</summary>
    public double? Promoted { get; init; }

    /// <summary>As <see cref="Added"/>, after warm answers and the promotion.</summary>
    public MappedMemory? AddedPromoted { get; init; }

    /// <summary>The same for another model of the architecture, which was loaded while the process had the first. Null if not measured.</summary>
    public ColdSample? Second { get; init; }

    /// <summary>The same for another model, which was loaded while the process had 99. Null if not measured.</summary>
    public ColdSample? Hundredth { get; init; }
}
