using System.Diagnostics.Tracing;

namespace Thaw.UnitTests;

/// <summary>Counts the arrays that the thread that created it rented from the pools, and those that it has not returned.</summary>
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
