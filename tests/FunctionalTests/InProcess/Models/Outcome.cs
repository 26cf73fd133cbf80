using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.FunctionalTests.InProcess.Models;

/// <summary>How a model turned out: its signature and its answers, or that it was refused. Two are equal if every bit is.</summary>
/// <param name="Text">Names, types and shapes; the bytes of each output for each of a few inputs.</param>
internal sealed record Outcome(string Text)
{
    public static Outcome Refused { get; } = new("refused");

    /// <summary>Loads with <paramref name="load"/>, and runs.</summary>
    public static Outcome Of(Func<OrtSession> load)
    {
        OrtSession session;
        try
        {
            session = load();
        }
        catch (OnnxRuntimeException)
        {
            return Refused;
        }

        using (session) return Of(session);
    }

    public static Outcome Of(OrtSession session)
    {
        var text = new StringWriter();
        foreach (TensorInfo tensor in session.Inputs.Concat(session.Outputs))
            text.WriteLine($"{tensor.Name} {tensor.ElementType} [{string.Join(',', tensor.Shape)}]");
        // The binding has inputs of no other type.
        if (session.Inputs.All(input => input.ElementType is TensorElementType.Int64 or TensorElementType.Int32))
        {
            foreach ((int rows, int columns) in ((int, int)[])[(1, 4), (3, 7)]) Run(session, rows, columns, text);
        }

        return new Outcome(text.ToString());
    }

    private static void Run(OrtSession session, int rows, int columns, StringWriter text)
    {
        long[] wide = GC.AllocateUninitializedArray<long>(rows * columns, pinned: true);
        int[] narrow = GC.AllocateUninitializedArray<int>(rows * columns, pinned: true);
        for (int i = 0; i < wide.Length; i++) wide[i] = narrow[i] = (i % 5 == 4) ? 0 : 1;
        TensorView[] views = [.. session.Inputs.Select((input, index) => new TensorView(
            index,
            input.ElementType == TensorElementType.Int64 ? Marshal.UnsafeAddrOfPinnedArrayElement(wide, 0) : Marshal.UnsafeAddrOfPinnedArrayElement(narrow, 0),
            input.ElementType, new TensorShape(rows, columns)))];
        for (int output = 0; output < session.Outputs.Count; output++)
        {
            try
            {
                using OrtRun run = OrtRun.Execute(session, views, [output], shrinkArena: false);
                text.WriteLine($"{string.Join(',', run.Shape().Dimensions.ToArray())}: {Convert.ToHexString(Bytes(run, session.Outputs[output].ElementType))}");
            }
            catch (OnnxRuntimeException)
            {
                text.WriteLine("fails");
            }
        }
    }

    private static ReadOnlySpan<byte> Bytes(OrtRun run, TensorElementType type) => type switch
    {
        TensorElementType.UInt8 or TensorElementType.Int8 or TensorElementType.Bool => run.Data<byte>(),
        TensorElementType.UInt16 or TensorElementType.Int16 or TensorElementType.Float16 or TensorElementType.BFloat16 =>
            MemoryMarshal.AsBytes(run.Data<ushort>()),
        TensorElementType.Float32 or TensorElementType.Int32 or TensorElementType.UInt32 => MemoryMarshal.AsBytes(run.Data<uint>()),
        TensorElementType.Float64 or TensorElementType.Int64 or TensorElementType.UInt64 => MemoryMarshal.AsBytes(run.Data<ulong>()),
        _ => [],
    };
}
