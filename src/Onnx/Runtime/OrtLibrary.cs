using System.Runtime.InteropServices;
using Thaw.Onnx.Linux;

namespace Thaw.Onnx.Runtime;

/// <summary>Opens <c>libonnxruntime.so</c>, once per process.</summary>
public static unsafe partial class OrtLibrary
{
    /// <summary>The library's file name. It must be in the program's directory.</summary>
    public const string FileName = "libonnxruntime.so";

    private static readonly Lock Gate = new();

    [StructLayout(LayoutKind.Sequential)]
    private struct OrtApiBase
    {
        public delegate* unmanaged<uint, nint*> GetApi;
        public delegate* unmanaged<byte*> GetVersionString;
    }

    /// <summary>The version of the opened library, such as "1.31.1"; empty before it is opened.</summary>
    public static string Version { get; private set; } = "";

    /// <summary>Opens the library in the program's directory. Later calls do nothing.</summary>
    /// <exception cref="OnnxRuntimeException">The file is missing, damaged or too old; the message says which and what to do.</exception>
    public static void Open() => Open(Path.Combine(AppContext.BaseDirectory, FileName));

    internal static void Open(string path)
    {
        lock (Gate)
        {
            if (OrtApi.Table != null) return;
            DisableTelemetry();
            const string Remedy = "Put the library of ONNX Runtime 1.29 or newer for this machine there.";
            if (!File.Exists(path)) throw Unusable($"{path} does not exist. {Remedy}");
            nint library;
            try
            {
                if (!ElfFile.IsWhole(path)) throw Unusable($"{path} is damaged: it is not a complete ELF library. {Remedy}");
                library = NativeLibrary.Load(path);
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
            {
                throw Unusable($"{path} cannot be opened: {LinkerReason(exception.Message)} {Remedy}");
            }

            if (!NativeLibrary.TryGetExport(library, "OrtGetApiBase", out nint getApiBase))
                throw Unusable($"{path} is not an ONNX Runtime library: it exports no OrtGetApiBase. {Remedy}");
            OrtApiBase* apiBase = ((delegate* unmanaged<OrtApiBase*>)getApiBase)();
            string version = Marshal.PtrToStringUTF8((nint)apiBase->GetVersionString()) ?? "";
            nint* table = apiBase->GetApi(OrtApi.Version);
            if (table == null) throw Unusable($"{path} is ONNX Runtime {version}, which is too old. {Remedy}");
            Version = version;
            OrtApi.Table = table;
        }
    }

    /// <summary>
    /// Turns ONNX Runtime's telemetry off. Since 1.29 it is on by default on Linux and sends model and graph names, unless these variables
    /// are set in the *native* environment before the library initialises; <see cref="Environment.SetEnvironmentVariable(string, string?)"/>
    /// does not change that. Different versions read different names, so both are set. Call it first in Main, before other threads read the
    /// environment.
    /// </summary>
    public static void DisableTelemetry()
    {
        _ = SetNativeVariable("ORT_DISABLE_TELEMETRY", "1", 1);
        _ = SetNativeVariable("ORT_TELEMETRY_DISABLED", "1", 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);

    private static OnnxRuntimeException Unusable(string reason) => new(OrtErrorCode.Fail, "ONNX Runtime cannot be used: " + reason);

    // .NET's message starts with a line of general advice. What the dynamic linker reports, such as a missing library, follows it.
    private static string LinkerReason(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 1 ? lines[1] + "." : message.Trim();
    }
}
