namespace Thaw.Onnx.Runtime;

/// <summary>One run of a session on a device (<c>OrtIoBinding</c>): the inputs are copied there once, when they are bound, and the output comes back
/// into the host's memory.</summary>
internal static unsafe class OrtBinding
{
    /// <summary>Runs the session and gives the output, which the caller releases.</summary>
    /// <param name="session">Native session.</param>
    /// <param name="options">Native run options.</param>
    /// <param name="host">Native memory info of where the output is to be.</param>
    /// <param name="allocator">Native allocator of the host's memory.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public static nint Run(nint session, nint options, byte** names, nint* inputs, int count, byte* output, nint host, nint allocator)
    {
        nint binding = 0;
        nint* outputs = null;
        nuint outputCount = 0;
        try
        {
            OrtStatus.Check(OrtApi.CreateIoBinding(session, &binding));
            for (int i = 0; i < count; i++) OrtStatus.Check(OrtApi.BindInput(binding, names[i], inputs[i]));
            OrtStatus.Check(OrtApi.BindOutputToDevice(binding, output, host));
            OrtStatus.Check(OrtApi.SynchronizeBoundInputs(binding));
            OrtStatus.Check(OrtApi.RunWithBinding(session, options, binding));
            OrtStatus.Check(OrtApi.SynchronizeBoundOutputs(binding));
            OrtStatus.Check(OrtApi.GetBoundOutputValues(binding, allocator, &outputs, &outputCount));
            // One was bound.
            return outputs[0];
        }
        finally
        {
            if (outputs != null) _ = OrtApi.AllocatorFree(allocator, outputs);
            if (binding != 0) OrtApi.ReleaseIoBinding(binding);
        }
    }
}
