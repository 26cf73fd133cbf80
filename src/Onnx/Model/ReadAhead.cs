namespace Thaw.Onnx.Model;

/// <summary>
/// Brings weights into memory in the order in which they lie in their files, so that a model's first run neither waits for the disk page
/// by page nor for 4 KB of page table at a time.
/// </summary>
internal static class ReadAhead
{
    // Whoever makes a session beside it maps memory too, and waits for the step that is being taken in: less than a millisecond.
    private const long Step = 2 << 20;

    // What the disk has to do meanwhile.
    private const int StepsAhead = 8;

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
    public static void Run(IEnumerable<(MappedFile File, long Offset, long Length)> plan, CancellationToken cancellation)
    {
        List<(MappedFile File, long Offset, long Length)> steps = [.. plan.SelectMany(Split)];
        int asked = 0;
        for (int i = 0; i < steps.Count && !cancellation.IsCancellationRequested; i++)
        {
            for (; asked < steps.Count && asked <= i + StepsAhead; asked++) steps[asked].File.Ask(steps[asked].Offset, steps[asked].Length);
            steps[i].File.Populate(steps[i].Offset, steps[i].Length);
        }
    }

    private static IEnumerable<(MappedFile File, long Offset, long Length)> Split((MappedFile File, long Offset, long Length) place)
    {
        for (long done = 0; done < place.Length; done += Step) yield return (place.File, place.Offset + done, Math.Min(Step, place.Length - done));
    }
}
