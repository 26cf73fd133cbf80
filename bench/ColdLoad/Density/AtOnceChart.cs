using System.Text;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Density;

/// <summary>Lines as SVG, by the number of loaded models on a logarithmic scale: on the left the times, on the right the memory, logarithmic too.</summary>
internal static class AtOnceChart
{
    private const int PanelWidth = 400, PanelHeight = 240, Left = 60, Top = 70, Gap = 90, Right = 40, Bottom = 50;
    private const string Blue = "#0072b2", Orange = "#d55e00";

    public static string Draw(AtOnceReport report)
    {
        StringBuilder svg = Svg.Begin(Left + 2 * PanelWidth + Gap + Right, Top + PanelHeight + Bottom);
        double slowest = report.Rows.Max(row => Math.Max(row.Load, row.First));
        int highest = Math.Max(1, (int)Math.Ceiling(slowest / 5)) * 5;
        double[] times = [.. Enumerable.Range(0, 6).Select(i => i * highest / 5.0)];
        Panel(svg, report, Left, "Times, ms (medians)", times, value => value / highest,
            ("POST /models", Blue, row => row.Load), ("first answer", Orange, row => row.First));

        double least = Decade(report.Rows.Min(row => row.PageTables) / 1e6, up: false);
        double most = Decade(report.Rows[^1].Private / 1e6, up: true);
        List<double> sizes = [];
        for (double size = least; size <= most * 1.01; size *= 10) sizes.Add(size);
        Panel(svg, report, Left + PanelWidth + Gap, "Memory of the process, MB", [.. sizes], value => Math.Log(value / least) / Math.Log(most / least),
            ("private", Blue, row => row.Private / 1e6), ("page tables", Orange, row => row.PageTables / 1e6));
        return svg.Append("</svg>\n").ToString();
    }

    private static double Decade(double value, bool up) => Math.Pow(10, up ? Math.Ceiling(Math.Log10(value)) : Math.Floor(Math.Log10(value)));

    /// <param name="ticks">Values of the vertical axis.</param>
    /// <param name="height">The place of a value on it, 0 to 1.</param>
    private static void Panel(
        StringBuilder svg, AtOnceReport report, int x, string title, double[] ticks, Func<double, double> height,
        params (string Name, string Colour, Func<AtOnceRow, double> Value)[] lines)
    {
        Svg.Text(svg, x, 20, title, "start", "bold");
        double widest = Math.Log(report.Models);
        foreach (double tick in ticks)
        {
            svg.Append(Results.Text($"""<path d="M{x} {Y(tick):F1}h{PanelWidth}" stroke="#ddd"/>""")).Append('\n');
            Svg.Text(svg, x - 8, Y(tick) + 4, Results.Text($"{tick:0.##}"), "end");
        }

        foreach (AtOnceRow row in report.Rows.Where(row => row == report.Rows[^1] || Math.Log10(row.Number) % 1 == 0))
            Svg.Text(svg, X(row), Top + PanelHeight + 18, Results.Text($"{row.Number:N0}"), "middle");
        Svg.Text(svg, x + PanelWidth / 2, Top + PanelHeight + 38, "models loaded", "middle");
        for (int i = 0; i < lines.Length; i++)
        {
            (string name, string colour, Func<AtOnceRow, double> value) = lines[i];
            int legend = x + 120 * i;
            svg.Append($"""<path d="M{legend} 41h24" stroke="{colour}" stroke-width="2"/>""").Append('\n');
            Svg.Text(svg, legend + 30, 45, name, "start");
            string points = string.Join(' ', report.Rows.Select(row => Results.Text($"{X(row):F1},{Y(value(row)):F1}")));
            svg.Append($"""<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>""").Append('\n');
        }

        double X(AtOnceRow row) => x + PanelWidth * Math.Log(row.Number) / widest;

        double Y(double value) => Top + PanelHeight * (1 - height(value));
    }
}
