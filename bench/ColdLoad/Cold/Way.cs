namespace Thaw.ColdLoad.Cold;

/// <summary>How a model gets loaded: names for the results.</summary>
internal static class Way
{
    public const string Plain = "plain ONNX Runtime";
    public const string Managed = "plain, managed API";
    public const string Raw = "thaw, raw";
    public const string Prepared = "thaw, prepared";
}
