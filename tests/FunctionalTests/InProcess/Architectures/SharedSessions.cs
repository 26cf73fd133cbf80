using Thaw.Inference.Architectures;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>A model in the sessions of its architecture, in every way in which it may run there.</summary>
internal sealed class SharedSessions : IDisposable
{
    // Shapes of runs that read the weights as they are, and that turn the products around.
    private const int ManyTexts = 32, OneText = 1, Columns = 32;

    private readonly List<WeightBinding> _bindings = [];

    private SharedSessions(SharedModel model) => Model = model;

    public SharedModel Model { get; }

    /// <summary>The sessions, each with the weights that it takes.</summary>
    public List<(string Way, OrtSession Session, MappedWeights Weights)> Ways { get; } = [];

    /// <summary>Null if the model cannot share.</summary>
    /// <param name="layout">A path for the file of the laid-out weights.</param>
    public static SharedSessions? TryOpen(OrtEnvironment environment, ArchitectureTable table, string path, string layout)
    {
        if (SharedModel.TryOpen(path, table.Plans, out _) is not { } model) return null;
        var sessions = new SharedSessions(model);
        try
        {
            sessions.Add(environment, table, model.AsExported, model.Map());
            if (model.LaidOut is { } graph)
            {
                File.Delete(layout);
                using (FileStream stream = File.Create(layout)) model.WriteLayout(stream, _ => { });
                sessions.Add(environment, table, graph, model.TryMapLaidOut(layout, out ReadAhead? _)!);
            }

            return sessions;
        }
        catch (OnnxRuntimeException)
        {
            // Such a model gets a session of its own.
            sessions.Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        foreach (WeightBinding binding in _bindings) binding.Dispose();
        Model.Dispose();
    }

    private void Add(OrtEnvironment environment, ArchitectureTable table, ArchitectureGraph graph, MappedWeights weights)
    {
        Architecture architecture = table.Acquire(environment, graph);
        _bindings.Add(new WeightBinding(table, architecture, weights));
        string form = ReferenceEquals(graph, Model.AsExported) ? "exported" : "laid out";
        Ways.Add((form, architecture.SessionFor(ManyTexts, Columns), weights));
        if (!graph.Turned.IsEmpty) Ways.Add(($"{form}, turned", architecture.SessionFor(OneText, Columns), weights));
    }
}
