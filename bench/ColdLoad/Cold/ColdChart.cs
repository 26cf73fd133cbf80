using System.Text;
using Thaw.ColdLoad.Models;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>
/// Bars as SVG, a group for each model: on the left load and first answer, with the quartiles as a thin line; on the right the private memory
/// that the model added. Only samples with the files in the page cache as read from the disk; also the second and the hundredth model, if both were
/// measured.
/// </summary>
internal static class ColdChart
{
    private const int NameWidth = 220, PanelWidth = 420, NumberWidth = 130, Top = 76, BarHeight = 16, GroupGap = 16;
    private const int MemoryLeft = NameWidth + PanelWidth + NumberWidth;

    private sealed record Bars(string Title, ColdRow[] Rows);

    // Easy to tell apart for colour-blind readers (Okabe and Ito).
    private static readonly (string Way, string Colour)[] Colours =
        [(Way.Plain, "#7f7f7f"), (Way.Managed, "#b5b5b5"), (Way.Raw, "#0072b2"), (Way.LaidOut, "#009e73"), (Way.Prepared, "#d55e00")];

    public static string Draw(ColdReport report)
    {
        Bars[] groups = [.. report.Groups.Where(group => group.Cache == CacheState.Read).SelectMany(BarsOf)];
        double longest = groups.Max(group => group.Rows.Max(row => row.Together.UpperQuartile));
        double largest = groups.Max(group => group.Rows.Max(row => row.Private.Median));
        int height = Top + groups.Sum(group => group.Rows.Length * BarHeight + GroupGap);
        StringBuilder svg = Svg.Begin(MemoryLeft + PanelWidth / 2 + NumberWidth, height);
        Svg.Text(svg, NameWidth, 20, "Load and first answer of a model that is not in memory, ms", "start", "bold");
        Svg.Text(svg, MemoryLeft, 20, "Private memory that it adds, MB", "start", "bold");
        DrawLegend(svg, groups);

        int y = Top;
        foreach (Bars group in groups)
        {
            Svg.Text(svg, NameWidth - 10, y + group.Rows.Length * BarHeight / 2.0 + 4, group.Title, "end");
            foreach (ColdRow row in group.Rows)
            {
                DrawTime(svg, y, row, PanelWidth / longest);
                // A page more or less can make it negative.
                double memory = Math.Max(0, row.Private.Median);
                string label = memory < 1e6 ? Results.Text($"{memory / 1e6:F2}") : Results.Text($"{memory / 1e6:F1}");
                Bar(svg, MemoryLeft, y, memory * PanelWidth / 2 / largest, row.Way, label);
                y += BarHeight;
            }

            y += GroupGap;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static IEnumerable<Bars> BarsOf(ColdGroup group)
    {
        yield return new Bars(group.Model, [.. group.Rows]);
        ColdRow[] hundredth = [.. group.Rows.Select(row => row.Hundredth).OfType<ColdRow>()];
        if (hundredth.Length == 0) yield break;
        yield return new Bars($"{group.Model}, second", [.. group.Rows.Select(row => row.Second).OfType<ColdRow>()]);
        yield return new Bars($"{group.Model}, hundredth", hundredth);
    }

    private static void DrawLegend(StringBuilder svg, Bars[] groups)
    {
        int x = NameWidth;
        foreach ((string way, string colour) in Colours.Where(entry => groups.Any(group => group.Rows.Any(row => row.Way == entry.Way))))
        {
            svg.Append($"""<rect x="{x}" y="38" width="14" height="14" fill="{colour}"/>""").Append('\n');
            Svg.Text(svg, x + 20, 50, way, "start");
            x += 160;
        }
    }

    private static void DrawTime(StringBuilder svg, int y, ColdRow row, double scale)
    {
        string speedup = row.Way == Way.Plain ? "" : Results.Text($", {row.Speedup:F1} times faster");
        Bar(svg, NameWidth, y, row.Together.Median * scale, row.Way, Results.Text($"{row.Together.Median:F0}{speedup}"), row.Together.UpperQuartile * scale);
        double low = NameWidth + row.Together.LowerQuartile * scale, high = NameWidth + row.Together.UpperQuartile * scale;
        svg.Append(Results.Text($"""<path d="M{low:F1} {y + BarHeight / 2 - 1}H{high:F1}" stroke="black"/>""")).Append('\n');
    }

    private static void Bar(StringBuilder svg, int x, int y, double length, string way, string label, double end = 0)
    {
        string colour = Colours.Single(entry => entry.Way == way).Colour;
        svg.Append(Results.Text($"""<rect x="{x}" y="{y}" width="{length:F1}" height="{BarHeight - 2}" fill="{colour}"/>""")).Append('\n');
        Svg.Text(svg, x + Math.Max(length, end) + 6, y + 11, label, "start");
    }
}
