namespace Thaw.TestModels.Bert;

internal static class ErrorFunction
{
    /// <summary>
    /// erf(x) to about 1e-15, by the series 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5···(2n+1)), whose terms all have the same sign
    /// (https://dlmf.nist.gov/7.6.E2).
    /// </summary>
    public static double Erf(double x)
    {
        // 1 - erf(6) is 2e-17, so in double precision erf(6) is 1.
        if (Math.Abs(x) > 6) return Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > Math.Abs(sum) * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
