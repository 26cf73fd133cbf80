using System.Diagnostics.Tracing;

namespace Thaw.UnitTests;

/// <summary>Counts what the thread that made it has taken from the array pools and not given back.</summary>
internal sealed class ArrayPoolWatch : EventListener
{
    // The events of System.Buffers.ArrayPoolEventSource come on the thread that rents or returns.
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public int Out { get; private set; }

    public int Rented { get; private set; }

    protected override void OnEventSourceCreated(EventSource source)
    {
        if (source.Name == "System.Buffers.ArrayPoolEventSource") EnableEvents(source, EventLevel.Verbose);
    }

    protected override void OnEventWritten(EventWrittenEventArgs data)
    {
        if (Environment.CurrentManagedThreadId != _thread) return;
        switch (data.EventName)
        {
            case "BufferRented":
                Out++;
                Rented++;
                break;
            case "BufferReturned":
                Out--;
                break;
        }
    }
}
