using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Thaw.MicroBenchmarks;

/// <summary>Throughput: characters of the parameter Text per second of the mean time.</summary>
internal sealed class ThroughputColumn : IColumn
{
    private const string TextParameter = "Text";

    public string Id => nameof(ThroughputColumn);
    public string ColumnName => "Mchar/s";
    public string Legend => $"Million UTF-16 characters of text per second; vocabulary: {TokenizerModel.Name}";
    public bool AlwaysShow => true;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;
    public ColumnCategory Category => ColumnCategory.Statistics;
    public int PriorityInCategory => 0;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } times) return "?";
        int characters = Texts.Of((TextKind)benchmarkCase.Parameters[TextParameter]).Length;
        return (characters / times.Mean * 1e3).ToString("F1", CultureInfo.InvariantCulture);
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
