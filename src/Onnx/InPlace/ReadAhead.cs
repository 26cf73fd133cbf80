using Microsoft.Win32.SafeHandles;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.InPlace;

/// <summary>
/// Brings the weights that every run reads into memory, in the order in which they lie in their files, so that a model's first run waits neither
/// for the disk nor for its page table: for BERT-base that is 35 ms of processor time. Meant for a thread of its own, beside the making of
/// the session.
/// </summary>
/// <remarks>What is on the disk alone is read into a buffer, for the page cache that it leaves behind. Advice to the system brings no more than a
/// part of what it is asked for, and populating the mapping keeps the session that is made meanwhile from mapping memory: its 8 ms became 21.</remarks>
public sealed class ReadAhead
{
    // Read at once, and looked at whether it is there already.
    private const int Step = 1 << 20;

    // Smaller gaps are read too: asking twice takes longer.
    private const long Gap = 64 << 10;

    private readonly (MappedFile File, long Offset, long Length)[] _plan;
    private volatile bool _isCancelled;

    internal ReadAhead(OnnxModelFile model, WeightUse use) : this([.. Plan(use.Whole).Select(place => (model.FileOf(place), place.Offset, place.Length))])
    {
    }

    internal ReadAhead((MappedFile File, long Offset, long Length)[] plan) => _plan = plan;

    /// <summary>Bytes that it reads.</summary>
    public long Bytes => _plan.Sum(place => place.Length);

    /// <summary>Returns when all is in memory; early when nobody needs it any more, or a file has gone: who maps it still has it.</summary>
    public void Run()
    {
        byte[]? buffer = null;
        try
        {
            foreach (var file in _plan.GroupBy(place => place.File))
            {
                using SafeFileHandle handle = File.OpenHandle(file.Key.Path);
                foreach ((_, long offset, long length) in file)
                {
                    for (long done = 0; done < length; done += Step)
                    {
                        if (_isCancelled) return;
                        int step = (int)Math.Min(Step, length - done);
                        // A look at both ends: what was read or dropped was so in longer parts.
                        if (!NativeFile.IsCached(handle, offset + done) || !NativeFile.IsCached(handle, offset + done + step - 1))
                            _ = RandomAccess.Read(handle, (buffer ??= new byte[Step]).AsSpan(0, step), offset + done);
                        if (!file.Key.TryTouch(offset + done, step)) return;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Ends it early.</summary>
    internal void Cancel() => _isCancelled = true;

    /// <summary>Places in the order of the files, those that lie together made one.</summary>
    internal static IReadOnlyList<TensorLocation> Plan(IEnumerable<TensorLocation> places)
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
}
