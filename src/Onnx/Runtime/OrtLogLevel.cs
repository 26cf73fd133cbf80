namespace Thaw.Onnx.Runtime;

/// <summary>The severity of a line in ONNX Runtime's log (<c>OrtLoggingLevel</c>).</summary>
public enum OrtLogLevel
{
    Verbose,
    Info,
    Warning,
    Error,
    Fatal,
}
