using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Density;

/// <summary>Results of <see cref="AtOnceBench"/>.</summary>
/// <param name="ModelBytes">Size of one model's ONNX file.</param>
/// <param name="MedianAnswerMilliseconds">An answer of a loaded model, when all are loaded.</param>
internal sealed record AtOnceReport(
    Machine Machine, string Version, string Model, int Models, long ModelBytes, int Connections, int Answers, int WrongAnswers,
    double MedianAnswerMilliseconds, IReadOnlyList<AtOnceRow> Rows)
{
    /// <summary>What each model after the first adds, in bytes.</summary>
    public long PrivatePerModel => (Rows[^1].Private - Rows[0].Private) / Math.Max(1, Models - 1);

    /// <inheritdoc cref="PrivatePerModel"/>
    public long PageTablesPerModel => (Rows[^1].PageTables - Rows[0].PageTables) / Math.Max(1, Models - 1);
}
