using Microsoft.Win32.SafeHandles;
using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.InPlace;

/// <summary>
/// Brings the weights that every run reads into memory, in file order, so that a model's first run waits neither for the disk nor for page
/// faults: for BERT-base these take 35 ms of processor time. Run it on a thread of its own while the session is made.
/// </summary>
/// <remarks>What is not in the page cache yet is read into a buffer, which brings it there. madvise brings only part of what it is asked for, and
/// populating the mapping blocks other mappings: making the session at the same time took 21 ms instead of 8.</remarks>
public sealed class ReadAhead
{
    // In bytes: checked, read and mapped at a time.
    private const int Step = 1 << 20;

    // In bytes: smaller gaps between weights are read too, because two reads would take longer.
    private const long Gap = 64 << 10;

    private readonly (MappedFile File, long Offset, long Length)[] _plan;
    private volatile bool _isCancelled;

    internal ReadAhead(OnnxModelFile model, WeightUse use)
        : this([.. Plan(use.Whole).Select(place => (model.FileOf(place), place.Offset, place.Length))])
    {
    }

    internal ReadAhead(ModelOutline model, IEnumerable<TensorLocation> places)
        : this([.. Plan(places).Select(place => (model.FileOf(place), place.Offset, place.Length))])
    {
    }

    internal ReadAhead((MappedFile File, long Offset, long Length)[] plan) => _plan = plan;

    /// <summary>Bytes to bring into memory.</summary>
    public long Bytes => _plan.Sum(place => place.Length);

    /// <summary>Returns when everything is in memory; earlier if it is cancelled, or if a file cannot be read (its mapping stays valid).</summary>
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
                        // Checks both ends only: the system reads and drops longer parts than this.
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

    internal void Cancel() => _isCancelled = true;

    /// <summary>Sorts places by file and offset, and joins those that are close together.</summary>
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
