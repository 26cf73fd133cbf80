namespace Thaw.UnitTests.Inference.Serving;

/// <summary>A model that counts wrong uses.</summary>
internal sealed class FakeModel(string path, bool breaksOnClose = false) : IDisposable
{
    private int _users;
    private int _disposals;
    private int _faults;

    public string Path => path;

    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>How often it was used after it was disposed, or disposed while in use.</summary>
    public int Faults => Volatile.Read(ref _faults);

    public void Use(int spins = 0)
    {
        Interlocked.Increment(ref _users);
        CheckOpen();
        Thread.SpinWait(spins);
        CheckOpen();
        Interlocked.Decrement(ref _users);
    }

    public void Dispose()
    {
        if (Volatile.Read(ref _users) != 0) Interlocked.Increment(ref _faults);
        Interlocked.Increment(ref _disposals);
        if (breaksOnClose) throw new InvalidOperationException("cannot be closed");
    }

    private void CheckOpen()
    {
        if (Disposals != 0) Interlocked.Increment(ref _faults);
    }
}
