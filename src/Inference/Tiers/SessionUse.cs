using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Tiers;

/// <summary>Keeps a session open for a run until this is disposed, even if the session is replaced meanwhile.</summary>
internal readonly ref struct SessionUse : IDisposable
{
    public SessionUse(OrtSession session)
    {
        bool held = false;
        session.DangerousAddRef(ref held);
        Session = session;
    }

    public OrtSession Session { get; }

    public void Dispose() => Session.DangerousRelease();
}
