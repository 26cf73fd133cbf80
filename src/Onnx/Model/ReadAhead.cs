namespace Thaw.Onnx.Model;

/// <summary>
/// Brings weights into memory in the order in which they lie in their files, so that a model's first run neither waits for the disk page
/// by page nor for 4 KB of page table at a time.
/// </summary>
internal static class ReadAhead
{
    // A disk reads a step while the one before is taken in. Steps of this size are ended by a cancellation within milliseconds.
    private const long Step = 2 << 20;

    // Smaller gaps are read too: asking twice takes longer.
    private const long Gap = 64 << 10;

    /// <summary>Places in the order of the files, those that lie together made one.</summary>
    public static IReadOnlyList<TensorLocation> Plan(IEnumerable<TensorLocation> places)
    {
        List<TensorLocation> plan = [];
        foreach (TensorLocation place in places.OrderBy(place => place.File, StringComparer.Ordinal).ThenBy(place => place.Offset))
        {
            if (plan.Count > 0 && plan[^1] is var last && last.File == place.File && place.Offset - (last.Offset + last.Length) <= Gap)
                plan[^1] = last with { Length = Math.Max(last.Length, place.Offset + place.Length - last.Offset) };
            else
                plan.Add(place);
        }

        return plan;
    }

    /// <summary>Reads what the plan holds; returns when all is in memory.</summary>
    public static void Run(OnnxModelFile model, IReadOnlyList<TensorLocation> plan, CancellationToken cancellation)
    {
        List<TensorLocation> steps = [.. plan.SelectMany(Split)];
        for (int i = 0; i < steps.Count && !cancellation.IsCancellationRequested; i++)
        {
            // Both of the next two are under way while this one is taken in.
            for (int next = i == 0 ? 0 : i + 2; next <= i + 2 && next < steps.Count; next++) model.FileOf(steps[next]).Ask(steps[next].Offset, steps[next].Length);
            model.FileOf(steps[i]).Populate(steps[i].Offset, steps[i].Length);
        }
    }

    private static IEnumerable<TensorLocation> Split(TensorLocation place)
    {
        for (long done = 0; done < place.Length; done += Step) yield return place with { Offset = place.Offset + done, Length = Math.Min(Step, place.Length - done) };
    }
}
