using System.Collections.Concurrent;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Architectures;

/// <summary>Remembers the plans of the structures seen last, so that a graph is analysed once and not with every load. Thread-safe.</summary>
/// <param name="store">Opens the store that keeps them for later processes; it may return null. Called when the first model is loaded.</param>
public sealed class PlanTable(Func<PlanStore?>? store = null)
{
    // A plan takes some ten KB, and an architecture's graph, which its plans share, about as much.
    private const int MostPlans = 256;

    private readonly Lazy<PlanStore?> _store = new(() => store?.Invoke());
    private readonly long _ownSeed = Random.Shared.NextInt64();
    private readonly ConcurrentDictionary<UInt128, KnownStructure> _structures = [];
    private readonly ConcurrentDictionary<ArchitectureGraph, ArchitectureGraph> _graphs = [];
    private readonly Lock _changing = new();

    // One entry for each plan and each reason.
    private readonly Queue<UInt128> _order = [];

    /// <summary>The seed that the hashes of the models' structures must have.</summary>
    internal long Seed => _store.Value?.Seed ?? _ownSeed;

    /// <summary>Completes when the store has what is known now.</summary>
    internal Task Stored { get; private set; } = Task.CompletedTask;

    /// <summary>The plan that applies to a model; null if none is known.</summary>
    /// <param name="outline">Read with <see cref="Seed"/>.</param>
    /// <param name="reason">If the result is null, why models of this structure have none; null if that is not known.</param>
    internal GraphPlan? Find(ModelOutline outline, out string? reason)
    {
        reason = null;
        if (!_structures.TryGetValue(outline.Structure, out KnownStructure? known) && (known = FindStored(outline.Structure)) is null) return null;
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

    /// <summary>The graphs of the structures that this process or earlier ones of the same store used last, the latest first.</summary>
    public IReadOnlyList<ArchitectureGraph> Latest(int structures)
    {
        List<ArchitectureGraph> graphs = [];
        try
        {
            foreach ((UInt128 structure, KnownStructure known) in _store.Value?.Latest().Where(found => found.Known.Plans.Count > 0).Take(structures) ?? [])
            {
                GraphPlan plan = Remember(structure, known).Plans[0];
                graphs.Add(plan.AsExported);
                if (plan.LaidOut is { } laidOut) graphs.Add(laidOut);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store's directory is gone.
        }

        return [.. graphs.Distinct()];
    }

    /// <summary>Adds a plan, and makes equal plans share one graph.</summary>
    internal GraphPlan Add(UInt128 structure, GraphPlan plan)
    {
        lock (_changing)
        {
            plan = WithSharedGraphs(plan);
            KnownStructure known = Of(structure);
            Set(structure, known with { Plans = [plan, .. known.Plans] });
            Store(structure);
            return plan;
        }
    }

    /// <summary>Remembers why a model needs a session of its own. Others of its structure get one too from now on, also if their constants would
    /// allow more: that costs speed only.</summary>
    internal void Refuse(UInt128 structure, string reason)
    {
        lock (_changing)
        {
            Set(structure, Of(structure) with { Refusal = reason });
            Store(structure);
        }
    }

    private KnownStructure Of(UInt128 structure) => _structures.GetValueOrDefault(structure, KnownStructure.Nothing);

    private KnownStructure? FindStored(UInt128 structure) => _store.Value?.Read(structure) is { } stored ? Remember(structure, stored) : null;

    /// <summary>Remembers what the store knows of a structure, unless this process knows it already.</summary>
    private KnownStructure Remember(UInt128 structure, KnownStructure stored)
    {
        lock (_changing)
        {
            if (_structures.TryGetValue(structure, out KnownStructure? known)) return known;
            known = stored with { Plans = [.. stored.Plans.Select(WithSharedGraphs)] };
            Set(structure, known);
            // One entry for each plan: the first has one now.
            for (int i = 1; i < known.Plans.Count; i++) _order.Enqueue(structure);
            return known;
        }
    }

    /// <summary>On another thread, because it may have to wait for the disk; one after the other, so that the last one counts.</summary>
    private void Store(UInt128 structure)
    {
        if (_store.Value is not { } plans) return;
        KnownStructure known = Of(structure);
        Stored = Stored.ContinueWith(_ => plans.Write(structure, known), TaskScheduler.Default);
    }

    private GraphPlan WithSharedGraphs(GraphPlan plan) =>
        plan with { AsExported = Shared(plan.AsExported), LaidOut = plan.LaidOut is null ? null : Shared(plan.LaidOut) };

    private ArchitectureGraph Shared(ArchitectureGraph graph) => _graphs.GetOrAdd(graph, graph);

    private void Set(UInt128 structure, KnownStructure known)
    {
        _structures[structure] = known;
        _order.Enqueue(structure);
        if (_order.Count > MostPlans) ForgetOldest(_order.Dequeue());
    }

    /// <summary>Forgets the oldest plan of a structure, or its reason if there is none.</summary>
    private void ForgetOldest(UInt128 structure)
    {
        KnownStructure known = Of(structure);
        if (known.Plans.Count <= 1) _structures.TryRemove(structure, out _);
        else _structures[structure] = known with { Plans = [.. known.Plans.SkipLast(1)] };

        HashSet<ArchitectureGraph> used = [];
        foreach (GraphPlan plan in _structures.Values.SelectMany(other => other.Plans))
        {
            used.Add(plan.AsExported);
            if (plan.LaidOut is not null) used.Add(plan.LaidOut);
        }

        foreach (ArchitectureGraph graph in _graphs.Keys.Where(graph => !used.Contains(graph))) _graphs.TryRemove(graph, out _);
    }
}
