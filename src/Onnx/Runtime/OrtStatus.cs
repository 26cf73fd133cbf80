using System.Runtime.InteropServices;

namespace Thaw.Onnx.Runtime;

/// <summary>The one place where a native status becomes an exception. The status is released.</summary>
internal static unsafe class OrtStatus
{
    /// <exception cref="OnnxRuntimeException">The status is not zero.</exception>
    public static void Check(nint status)
    {
        if (status != 0) Throw(status);
    }

    private static void Throw(nint status)
    {
        var code = (OrtErrorCode)OrtApi.GetErrorCode(status);
        string message = Marshal.PtrToStringUTF8((nint)OrtApi.GetErrorMessage(status)) ?? "unknown error";
        OrtApi.ReleaseStatus(status);
        throw new OnnxRuntimeException(code, message);
    }
}
