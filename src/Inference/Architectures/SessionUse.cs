using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Architectures;

/// <summary>Keeps a session, and the weights that it runs with, open for a run until this is disposed, even if the model gets others meanwhile.</summary>
internal readonly ref struct SessionUse : IDisposable
{
    /// <exception cref="ObjectDisposedException">One of them is disposed.</exception>
    public SessionUse(OrtSession session, MappedWeights? weights)
    {
        bool holdsWeights = false, holdsSession = false;
        weights?.DangerousAddRef(ref holdsWeights);
        try
        {
            session.DangerousAddRef(ref holdsSession);
        }
        finally
        {
            if (!holdsSession && holdsWeights) weights!.DangerousRelease();
        }

        (Session, Weights) = (session, weights);
    }

    public OrtSession Session { get; }

    /// <summary>Null if the session has its own.</summary>
    public MappedWeights? Weights { get; }

    public void Dispose()
    {
        Session.DangerousRelease();
        Weights?.DangerousRelease();
    }
}
