using System.Collections.Concurrent;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Architectures;

/// <summary>Remembers the plans of the structures seen last, so that a graph is analysed once and not with every load. Thread-safe.</summary>
public sealed class PlanTable
{
    // A plan takes some ten KB, and an architecture's graph, which its plans share, about as much.
    private const int MostPlans = 256;

    private readonly ConcurrentDictionary<UInt128, GraphPlan[]> _plans = [];
    private readonly ConcurrentDictionary<ArchitectureGraph, ArchitectureGraph> _graphs = [];
    private readonly Lock _adding = new();
    private readonly Queue<UInt128> _order = [];

    /// <summary>The plan that applies to a model; null if none is known.</summary>
    internal GraphPlan? Find(ModelOutline outline)
    {
        if (!_plans.TryGetValue(outline.Structure, out GraphPlan[]? plans)) return null;
        // The plans of a structure assume elements of almost always the same initializers, so these are hashed once.
        IReadOnlyList<int> hashed = [];
        UInt128 elements = default;
        foreach (GraphPlan plan in plans)
        {
            if (!ReferenceEquals(plan.Assumed, hashed)) (hashed, elements) = (plan.Assumed, outline.HashElements(plan.Assumed));
            if (plan.AssumedElements == elements) return plan;
        }

        return null;
    }

    /// <summary>Adds a plan, and makes equal plans share one graph.</summary>
    internal GraphPlan Add(UInt128 structure, GraphPlan plan)
    {
        lock (_adding)
        {
            plan = plan with { AsExported = Shared(plan.AsExported), LaidOut = plan.LaidOut is null ? null : Shared(plan.LaidOut) };
            _plans[structure] = [plan, .. _plans.GetValueOrDefault(structure, [])];
            _order.Enqueue(structure);
            if (_order.Count > MostPlans) Forget(_order.Dequeue());
            return plan;
        }
    }

    private ArchitectureGraph Shared(ArchitectureGraph graph) => _graphs.GetOrAdd(graph, graph);

    private void Forget(UInt128 structure)
    {
        _plans.TryRemove(structure, out _);
        HashSet<ArchitectureGraph> used = [];
        foreach (GraphPlan plan in _plans.Values.SelectMany(plans => plans))
        {
            used.Add(plan.AsExported);
            if (plan.LaidOut is not null) used.Add(plan.LaidOut);
        }

        foreach (ArchitectureGraph graph in _graphs.Keys.Where(graph => !used.Contains(graph))) _graphs.TryRemove(graph, out _);
    }
}
