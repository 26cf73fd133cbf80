using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Warm;

/// <summary>Warm answers of one shape, in milliseconds.</summary>
/// <param name="Plain">Plain ONNX Runtime's run.</param>
/// <param name="Thaw">The server's answer, HTTP and tokenizer included.</param>
internal sealed record WarmRow(int Texts, int Tokens, Spread Plain, Spread Thaw)
{
    /// <summary>The server's median divided by the plain one.</summary>
    public double Ratio => Thaw.Median / Plain.Median;
}
