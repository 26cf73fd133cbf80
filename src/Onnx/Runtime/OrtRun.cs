using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>
/// One input of a run: a tensor of <paramref name="Rows"/> x <paramref name="Columns"/> elements in the caller's memory at
/// <paramref name="Address"/>, which must neither move nor be freed before the run returns.
/// </summary>
/// <param name="InputIndex">Position in <see cref="OrtSession.Inputs"/>.</param>
public readonly record struct TensorView(int InputIndex, nint Address, TensorElementType ElementType, long Rows, long Columns)
{
    internal long ByteLength => Rows * Columns * ElementType switch
    {
        TensorElementType.Int64 => sizeof(long),
        TensorElementType.Int32 => sizeof(int),
        _ => throw new NotSupportedException($"An input of {ElementType} cannot be bound."),
    };
}

/// <summary>One finished run. Owns the output tensor, whose memory is ONNX Runtime's; dispose it before anything else can go wrong.</summary>
public unsafe ref struct OrtRun : IDisposable
{
    private nint _output;

    /// <summary>Dimensions of the output.</summary>
    public long[] Shape { get; private set; }

    /// <summary>Runs the model and asks for one output.</summary>
    /// <param name="session">Kept alive by the call.</param>
    /// <param name="inputs">One entry for each of the session's inputs.</param>
    /// <param name="outputIndex">Position in <see cref="OrtSession.Outputs"/>.</param>
    /// <param name="shrinkArena">Gives what the shared arena has free back to the system after the run; worth its time after a large one only.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public static OrtRun Execute(OrtSession session, ReadOnlySpan<TensorView> inputs, int outputIndex, bool shrinkArena)
    {
        int count = inputs.Length;
        byte** names = stackalloc byte*[count];
        long* shapes = stackalloc long[2 * count];
        nint* values = stackalloc nint[count];
        new Span<nint>(values, count).Clear();
        nint memory = 0, options = 0;
        bool held = false;
        var run = default(OrtRun);
        try
        {
            session.DangerousAddRef(ref held);
            const int DeviceAllocator = 0;
            const int DefaultMemory = 0;
            OrtStatus.Check(OrtApi.CreateCpuMemoryInfo(DeviceAllocator, DefaultMemory, &memory));
            for (int i = 0; i < count; i++)
            {
                TensorView input = inputs[i];
                long* shape = shapes + (2 * i);
                (shape[0], shape[1]) = (input.Rows, input.Columns);
                names[i] = session.InputName(input.InputIndex);
                OrtStatus.Check(OrtApi.CreateTensorWithDataAsOrtValue(
                    memory, (void*)input.Address, (nuint)input.ByteLength, shape, 2, (int)input.ElementType, &values[i]));
            }

            OrtStatus.Check(OrtApi.CreateRunOptions(&options));
            if (shrinkArena)
            {
                OrtStatus.Check(OrtApi.AddRunConfigEntry(
                    options, OrtApi.Literal("memory.enable_memory_arena_shrinkage"u8), OrtApi.Literal("cpu:0"u8)));
            }

            byte* outputName = session.OutputName(outputIndex);
            nint native = session.DangerousGetHandle();
            if (session.IsBound) run._output = OrtBinding.Run(native, options, names, values, count, outputName, memory, session.Allocator);
            else OrtStatus.Check(OrtApi.Run(native, options, names, values, (nuint)count, &outputName, 1, &run._output));
            run.Shape = run.ReadShape();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
        finally
        {
            for (int i = 0; i < count; i++)
            {
                if (values[i] != 0) OrtApi.ReleaseValue(values[i]);
            }

            if (options != 0) OrtApi.ReleaseRunOptions(options);
            if (memory != 0) OrtApi.ReleaseMemoryInfo(memory);
            if (held) session.DangerousRelease();
        }
    }

    /// <summary>The output's elements, valid until the run is disposed. <typeparamref name="T"/> must be what the model declares.</summary>
    public readonly ReadOnlySpan<T> Data<T>() where T : unmanaged
    {
        long elements = 1;
        foreach (long dimension in Shape) elements *= dimension;
        void* data;
        OrtStatus.Check(OrtApi.GetTensorMutableData(_output, &data));
        return new ReadOnlySpan<T>(data, checked((int)elements));
    }

    public void Dispose()
    {
        if (_output == 0) return;
        OrtApi.ReleaseValue(_output);
        _output = 0;
    }

    private readonly long[] ReadShape()
    {
        nint tensor;
        OrtStatus.Check(OrtApi.GetTensorTypeAndShape(_output, &tensor));
        try
        {
            return OrtSession.ReadShape(tensor);
        }
        finally
        {
            OrtApi.ReleaseTensorTypeAndShapeInfo(tensor);
        }
    }
}
