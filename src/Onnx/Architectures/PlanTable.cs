using System.Collections.Concurrent;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Architectures;

/// <summary>Remembers the plans of the structures seen last, so that a graph is analysed once and not with every load. Thread-safe.</summary>
public sealed class PlanTable
{
    // A plan takes some ten KB, and an architecture's graph, which its plans share, about as much.
    private const int MostPlans = 256;

    private readonly ConcurrentDictionary<UInt128, Known> _structures = [];
    private readonly ConcurrentDictionary<ArchitectureGraph, ArchitectureGraph> _graphs = [];
    private readonly Lock _changing = new();

    // One entry for each plan and each reason.
    private readonly Queue<UInt128> _order = [];

    /// <summary>The plan that applies to a model; null if none is known.</summary>
    /// <param name="reason">If the result is null, why models of this structure have none; null if that is not known.</param>
    internal GraphPlan? Find(ModelOutline outline, out string? reason)
    {
        reason = null;
        if (!_structures.TryGetValue(outline.Structure, out Known known)) return null;
        // The plans of a structure assume elements of almost always the same initializers, so these are hashed once.
        IReadOnlyList<int>? hashed = null;
        UInt128 elements = default;
        foreach (GraphPlan plan in known.Plans)
        {
            if (hashed is null || !plan.Assumed.SequenceEqual(hashed)) (hashed, elements) = (plan.Assumed, outline.HashElements(plan.Assumed));
            if (plan.AssumedElements == elements) return plan;
        }

        reason = known.Refusal;
        return null;
    }

    /// <summary>Adds a plan, and makes equal plans share one graph.</summary>
    internal GraphPlan Add(UInt128 structure, GraphPlan plan)
    {
        lock (_changing)
        {
            plan = plan with { AsExported = Shared(plan.AsExported), LaidOut = plan.LaidOut is null ? null : Shared(plan.LaidOut) };
            Known known = Of(structure);
            Remember(structure, known with { Plans = [plan, .. known.Plans] });
            return plan;
        }
    }

    /// <summary>Remembers why a model needs a session of its own. Others of its structure get one too from now on, also if their constants would
    /// allow more: that costs speed only.</summary>
    internal void Refuse(UInt128 structure, string reason)
    {
        lock (_changing) Remember(structure, Of(structure) with { Refusal = reason });
    }

    private Known Of(UInt128 structure) => _structures.GetValueOrDefault(structure, new Known([], null));

    private ArchitectureGraph Shared(ArchitectureGraph graph) => _graphs.GetOrAdd(graph, graph);

    private void Remember(UInt128 structure, Known known)
    {
        _structures[structure] = known;
        _order.Enqueue(structure);
        if (_order.Count > MostPlans) ForgetOldest(_order.Dequeue());
    }

    /// <summary>Forgets the oldest plan of a structure, or its reason if there is none.</summary>
    private void ForgetOldest(UInt128 structure)
    {
        Known known = Of(structure);
        if (known.Plans.Length <= 1) _structures.TryRemove(structure, out _);
        else _structures[structure] = known with { Plans = known.Plans[..^1] };

        HashSet<ArchitectureGraph> used = [];
        foreach (GraphPlan plan in _structures.Values.SelectMany(other => other.Plans))
        {
            used.Add(plan.AsExported);
            if (plan.LaidOut is not null) used.Add(plan.LaidOut);
        }

        foreach (ArchitectureGraph graph in _graphs.Keys.Where(graph => !used.Contains(graph))) _graphs.TryRemove(graph, out _);
    }

    /// <param name="Plans">The newest first.</param>
    private readonly record struct Known(GraphPlan[] Plans, string? Refusal);
}
