namespace Thaw.ColdLoad.Cold;

/// <summary>Names, for the results, of the ways to load a model.</summary>
internal static class Way
{
    public const string Plain = "plain ONNX Runtime";
    public const string Managed = "plain, managed API";
    public const string Raw = "thaw, raw";
    public const string LaidOut = "thaw, raw, laid out";
    public const string Prepared = "thaw, prepared";
}
