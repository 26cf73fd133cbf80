using System.Text;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Warm;

/// <summary>Bars as SVG, a panel for each model: the server's warm answer as a multiple of plain ONNX Runtime's, by shape. A line marks 1.</summary>
internal static class WarmChart
{
    private const int NameWidth = 80, PanelWidth = 260, NumberWidth = 200, Top = 60, BarHeight = 20;
    private const int ColumnWidth = NameWidth + PanelWidth + NumberWidth;

    public static string Draw(IReadOnlyList<WarmGroup> groups)
    {
        double longest = groups.Max(group => group.Rows.Max(row => Math.Max(1, row.Ratio)));
        StringBuilder svg = Svg.Begin(groups.Count * ColumnWidth, Top + groups.Max(group => group.Rows.Count) * BarHeight + 20);
        for (int i = 0; i < groups.Count; i++) Draw(svg, groups[i], i * ColumnWidth + NameWidth, PanelWidth / longest);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, WarmGroup group, int x, double scale)
    {
        Svg.Text(svg, x, 20, group.Model, "start", "bold");
        Svg.Text(svg, x, 40, "warm answer as a multiple of plain ONNX Runtime's, by texts x tokens", "start");
        for (int i = 0; i < group.Rows.Count; i++)
        {
            WarmRow row = group.Rows[i];
            int y = Top + i * BarHeight;
            double end = x + Math.Max(row.Ratio, 1) * scale;
            Svg.Text(svg, x - 10, y + 13, $"{row.Texts} x {row.Tokens}", "end");
            svg.Append(Results.Text($"""<rect x="{x}" y="{y}" width="{row.Ratio * scale:F1}" height="{BarHeight - 4}" fill="#d55e00"/>""")).Append('\n');
            Svg.Text(svg, end + 6, y + 13, Results.Text($"{row.Ratio:F2} ({row.Thaw.Median:0.0} of {row.Plain.Median:0.0} ms)"), "start");
        }

        svg.Append(Results.Text($"""<path d="M{x + scale:F1} {Top - 6}v{group.Rows.Count * BarHeight + 8}" stroke="black"/>""")).Append('\n');
    }
}
