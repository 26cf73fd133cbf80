using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad;

/// <summary>One fresh process that had a model loaded and answered with it.</summary>
/// <param name="Load">Milliseconds until the model was loaded.</param>
/// <param name="First">Milliseconds from there to the first answer.</param>
/// <param name="Added">Memory behind the first answer, less that before the load.</param>
/// <param name="Logits">What it answered.</param>
internal sealed record ColdSample(double Load, double First, MappedMemory Added, float[] Logits)
{
    public double Together => Load + First;

    /// <summary>Version of the library, of the plain ways.</summary>
    public string? Library { get; init; }

    /// <summary>Median of the answers that followed, milliseconds; of a server, those before it promoted the model.</summary>
    public double? Warm { get; init; }

    /// <summary>The same behind the promotion; null where nothing was promoted.</summary>
    public double? Promoted { get; init; }

    /// <summary>As <see cref="Added"/>, of a second model beside it: the same files under another name; null where it was not taken.</summary>
    public MappedMemory? AddedByAnother { get; init; }

    /// <summary>As <see cref="Added"/>, behind the promotion.</summary>
    public MappedMemory? AddedPromoted { get; init; }
}
