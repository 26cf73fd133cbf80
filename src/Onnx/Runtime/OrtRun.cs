using System.Text;
using Thaw.Onnx.Format;

namespace Thaw.Onnx.Runtime;

/// <summary>A finished run. It owns the output tensors, whose memory is ONNX Runtime's, so it must be disposed.</summary>
public unsafe ref struct OrtRun : IDisposable
{
    // Most runs ask for one output. Those allocate nothing.
    private nint _single;
    private nint[]? _several;

    /// <summary>Runs the model and asks for some of its outputs.</summary>
    /// <param name="session">Kept alive during the call.</param>
    /// <param name="inputs">One entry for each of the session's inputs.</param>
    /// <param name="outputs">Positions in <see cref="OrtSession.Outputs"/>: at least one, each once. The methods below count in this list.</param>
    /// <param name="shrinkArena">Returns the shared arena's free memory to the system after the run; worth its time only after a large run.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    /// <param name="weights">For a session that models share: the model's weights, which are the inputs after these. The caller keeps them alive.</param>
    public static OrtRun Execute(
        OrtSession session, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<int> outputs, bool shrinkArena, MappedWeights? weights = null)
    {
        ReadOnlySpan<nint> given = weights is null ? default : weights.Values;
        int count = inputs.Length + given.Length;
        byte** names = stackalloc byte*[count];
        byte** outputNames = stackalloc byte*[outputs.Length];
        nint* values = stackalloc nint[count];
        nint* results = stackalloc nint[outputs.Length];
        new Span<nint>(values, inputs.Length).Clear();
        new Span<nint>(results, outputs.Length).Clear();
        nint options = 0;
        bool held = false;
        try
        {
            session.DangerousAddRef(ref held);
            for (int i = 0; i < inputs.Length; i++)
            {
                names[i] = session.InputName(inputs[i].InputIndex);
                values[i] = CreateValue(in inputs[i], session.Allocator);
            }

            given.CopyTo(new Span<nint>(values + inputs.Length, given.Length));
            int firstWeight = session.Inputs.Count - given.Length;
            for (int i = 0; i < given.Length; i++) names[inputs.Length + i] = session.InputName(firstWeight + i);
            for (int i = 0; i < outputs.Length; i++) outputNames[i] = session.OutputName(outputs[i]);
            if (shrinkArena)
            {
                OrtStatus.Check(OrtApi.CreateRunOptions(&options));
                OrtStatus.Check(OrtApi.AddRunConfigEntry(
                    options, OrtApi.Literal("memory.enable_memory_arena_shrinkage"u8), OrtApi.Literal("cpu:0"u8)));
            }

            nint native = session.DangerousGetHandle();
            if (session.IsBound)
                OrtBinding.Run(native, options, names, new(values, count), outputNames, new(results, outputs.Length), OrtMemory.Cpu, session.Allocator);
            else
                OrtStatus.Check(OrtApi.Run(native, options, names, values, (nuint)count, outputNames, (nuint)outputs.Length, results));
            return new OrtRun { _single = results[0], _several = outputs.Length > 1 ? new ReadOnlySpan<nint>(results, outputs.Length).ToArray() : null };
        }
        catch
        {
            Release(new(results, outputs.Length));
            throw;
        }
        finally
        {
            Release(new(values, inputs.Length));
            if (options != 0) OrtApi.ReleaseRunOptions(options);
            if (held) session.DangerousRelease();
        }
    }

    /// <summary>The dimensions of an output.</summary>
    public readonly TensorShape Shape(int output = 0)
    {
        nint tensor;
        OrtStatus.Check(OrtApi.GetTensorTypeAndShape(Value(output), &tensor));
        try
        {
            return OrtSession.ReadShape(tensor);
        }
        finally
        {
            OrtApi.ReleaseTensorTypeAndShapeInfo(tensor);
        }
    }

    /// <summary>An output's elements, valid until the run is disposed. <typeparamref name="T"/> must be what the model declares.</summary>
    public readonly ReadOnlySpan<T> Data<T>(int output = 0) where T : unmanaged
    {
        void* data;
        OrtStatus.Check(OrtApi.GetTensorMutableData(Value(output), &data));
        return new ReadOnlySpan<T>(data, checked((int)Shape(output).ElementCount));
    }

    /// <summary>The elements of an output of <see cref="TensorElementType.String"/>.</summary>
    public readonly string[] Strings(int output = 0)
    {
        nint value = Value(output);
        nuint length;
        OrtStatus.Check(OrtApi.GetStringTensorDataLength(value, &length));
        var utf8 = new byte[checked((int)length)];
        var starts = new nuint[checked((int)Shape(output).ElementCount)];
        fixed (byte* bytes = utf8)
        fixed (nuint* first = starts)
            OrtStatus.Check(OrtApi.GetStringTensorContent(value, bytes, length, first, (nuint)starts.Length));
        var texts = new string[starts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            int start = (int)starts[i], end = i + 1 < starts.Length ? (int)starts[i + 1] : utf8.Length;
            texts[i] = Encoding.UTF8.GetString(utf8, start, end - start);
        }

        return texts;
    }

    public void Dispose()
    {
        if (_several is null) Release(new(ref _single));
        else Release(_several);
    }

    private readonly nint Value(int output) => _several is null && output == 0 ? _single : _several![output];

    private static nint CreateValue(in TensorView input, nint allocator)
    {
        nint value;
        ReadOnlySpan<long> dimensions = input.Shape.Dimensions;
        fixed (long* shape = dimensions)
        {
            if (input.ElementType != TensorElementType.String)
            {
                OrtStatus.Check(OrtApi.CreateTensorWithDataAsOrtValue(
                    OrtMemory.Cpu, (void*)input.Address, (nuint)input.ByteLength, shape, (nuint)dimensions.Length, (int)input.ElementType, &value));
                return value;
            }

            // ONNX Runtime copies strings into objects of its own.
            OrtStatus.Check(OrtApi.CreateTensorAsOrtValue(allocator, shape, (nuint)dimensions.Length, (int)input.ElementType, &value));
        }

        nint status = OrtApi.FillStringTensor(value, (byte**)input.Address, (nuint)input.Shape.ElementCount);
        if (status != 0) OrtApi.ReleaseValue(value);
        OrtStatus.Check(status);
        return value;
    }

    private static void Release(Span<nint> values)
    {
        foreach (ref nint value in values)
        {
            if (value != 0) OrtApi.ReleaseValue(value);
            value = 0;
        }
    }
}
