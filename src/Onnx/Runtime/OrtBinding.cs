namespace Thaw.Onnx.Runtime;

/// <summary>
/// One run of a session on a device (<c>OrtIoBinding</c>): the inputs are copied there once, when they are bound, and the outputs are copied
/// back into host memory.
/// </summary>
internal static unsafe class OrtBinding
{
    /// <summary>Runs the session and returns the outputs, which the caller releases.</summary>
    /// <param name="session">Native session.</param>
    /// <param name="options">Native run options.</param>
    /// <param name="inputNames">As many as <paramref name="inputs"/>.</param>
    /// <param name="outputNames">As many as <paramref name="outputs"/>.</param>
    /// <param name="outputs">Receives the native values; unchanged if the run fails.</param>
    /// <param name="host">Native memory info of the outputs' destination.</param>
    /// <param name="allocator">Native allocator for host memory.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public static void Run(
        nint session, nint options, byte** inputNames, ReadOnlySpan<nint> inputs, byte** outputNames, Span<nint> outputs, nint host, nint allocator)
    {
        nint binding = 0;
        nint* bound = null;
        nuint boundCount = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateIoBinding(session, &binding));
            for (int i = 0; i < inputs.Length; i++) OrtStatus.Check(OrtApi.BindInput(binding, inputNames[i], inputs[i]));
            for (int i = 0; i < outputs.Length; i++) OrtStatus.Check(OrtApi.BindOutputToDevice(binding, outputNames[i], host));
            OrtStatus.Check(OrtApi.SynchronizeBoundInputs(binding));
            OrtStatus.Check(OrtApi.RunWithBinding(session, options, binding));
            OrtStatus.Check(OrtApi.SynchronizeBoundOutputs(binding));
            OrtStatus.Check(OrtApi.GetBoundOutputValues(binding, allocator, &bound, &boundCount));
            // The values are in the order in which the outputs were bound.
            new ReadOnlySpan<nint>(bound, outputs.Length).CopyTo(outputs);
        }
        finally
        {
            if (bound != null) _ = OrtApi.AllocatorFree(allocator, bound);
            if (binding != 0) OrtApi.ReleaseIoBinding(binding);
        }
    }
}
