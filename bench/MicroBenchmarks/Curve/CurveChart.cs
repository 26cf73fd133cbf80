using System.Text;
using Thaw.Harness.Measuring;

namespace Thaw.MicroBenchmarks.Curve;

/// <summary>
/// Curves as SVG: two panels for each tokenizer, without and with offsets, both axes logarithmic. A curve that is linear in
/// the length is flat; a quadratic one is as steep as the dotted line.
/// </summary>
internal static class CurveChart
{
    private const int PanelWidth = 460, PanelHeight = 300, Left = 60, Top = 40, LegendWidth = 220;
    private const int RowHeight = PanelHeight + 90, ColumnWidth = PanelWidth + 70;
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7f7f7f", "#b79f00", "#56b4e9", "#000000"];
    private static readonly string[] Dashes = ["none", "6 3"];

    public static string Draw(IReadOnlyList<TextCurve> curves)
    {
        string[] kinds = [.. curves.Select(curve => curve.Text).Distinct()];
        string[] tokenizers = [.. curves.Select(curve => curve.Tokenizer).Distinct()];
        var axes = Axes.Around(curves);
        int width = Left + 2 * ColumnWidth + LegendWidth;
        int height = Math.Max(tokenizers.Length * RowHeight, Top + 18 * kinds.Length) + 10;
        StringBuilder svg = Svg.Begin(width, height);
        foreach (IGrouping<(string Tokenizer, bool Offsets), TextCurve> panel in curves.GroupBy(curve => (curve.Tokenizer, curve.Offsets)))
        {
            int x = Left + (panel.Key.Offsets ? ColumnWidth : 0);
            int y = Top + Array.IndexOf(tokenizers, panel.Key.Tokenizer) * RowHeight;
            svg.Append($"""<g transform="translate({x} {y})">""").Append('\n');
            Svg.Text(svg, 0, -14, $"{panel.Key.Tokenizer}, {(panel.Key.Offsets ? "ids, offsets, types" : "ids")}: ns per byte", "start", "bold");
            DrawAxes(svg, axes);
            foreach (TextCurve curve in panel) DrawCurve(svg, axes, curve, Array.IndexOf(kinds, curve.Text));
            svg.Append("</g>\n");
        }

        svg.Append($"""<g transform="translate({Left + 2 * ColumnWidth} {Top})">""").Append('\n');
        for (int kind = 0; kind < kinds.Length; kind++)
        {
            svg.Append($"""<path d="M0 {18 * kind + 6}h28" {Stroke(kind)}/>""").Append('\n');
            Svg.Text(svg, 36, 18 * kind + 10, kinds[kind], "start");
        }

        return svg.Append("</g>\n</svg>\n").ToString();
    }

    public static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MB" : $"{bytes >> 10} KB";

    private static void DrawAxes(StringBuilder svg, Axes axes)
    {
        foreach (int bytes in axes.Sizes)
        {
            svg.Append(Results.Text($"""<path d="M{axes.X(bytes):F1} 0v{PanelHeight}" stroke="#ddd"/>""")).Append('\n');
            Svg.Text(svg, axes.X(bytes), PanelHeight + 18, Size(bytes), "middle");
        }

        foreach (double time in axes.Times)
        {
            svg.Append(Results.Text($"""<path d="M0 {axes.Y(time):F1}h{PanelWidth}" stroke="#ddd"/>""")).Append('\n');
            Svg.Text(svg, -8, axes.Y(time) + 4, Results.Text($"{time}"), "end");
        }

        // From the lower left corner, one decade up for each decade to the right.
        double end = Math.Min(axes.Sizes[^1], axes.Sizes[0] * axes.Times[^1] / axes.Times[0]);
        double y = axes.Y(axes.Times[0] * end / axes.Sizes[0]);
        svg.Append(Results.Text($"""<path d="M0 {PanelHeight}L{axes.X(end):F1} {y:F1}" stroke="#888" stroke-dasharray="1 4"/>""")).Append('\n');
        Svg.Text(svg, PanelWidth / 2, PanelHeight + 36, "length of the text", "middle");
    }

    private static void DrawCurve(StringBuilder svg, Axes axes, TextCurve curve, int kind)
    {
        string points = string.Join(' ', curve.Points.Select(point => Results.Text($"{axes.X(point.Bytes):F1},{axes.Y(point.NanosecondsPerByte):F1}")));
        svg.Append($"""<polyline points="{points}" {Stroke(kind)}/>""").Append('\n');
    }

    private static string Stroke(int kind)
    {
        string colour = Colours[kind % Colours.Length], dashes = Dashes[kind / Colours.Length % Dashes.Length];
        return $"fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-dasharray=\"{dashes}\"";
    }

    /// <summary>The scales of all panels.</summary>
    private sealed record Axes(int[] Sizes, double[] Times)
    {
        public static Axes Around(IReadOnlyList<TextCurve> curves)
        {
            CurvePoint[] points = [.. curves.SelectMany(curve => curve.Points)];
            double low = points.Min(point => point.NanosecondsPerByte), high = points.Max(point => point.NanosecondsPerByte);
            List<double> times = [];
            for (double decade = Math.Pow(10, Math.Floor(Math.Log10(low))); ; decade *= 10)
            {
                foreach (double time in (double[])[decade, 2 * decade, 5 * decade])
                {
                    // The ticks go from the last one at or below the values to the first one at or above them.
                    if (time <= low) times.Clear();
                    times.Add(double.Round(time, 6));
                    if (time >= high) return new Axes(LengthsOf(curves), [.. times]);
                }
            }
        }

        public double X(double bytes) => PanelWidth * Math.Log(bytes / Sizes[0]) / Math.Log((double)Sizes[^1] / Sizes[0]);

        public double Y(double time) => PanelHeight * (1 - Math.Log(time / Times[0]) / Math.Log(Times[^1] / Times[0]));

        // Texts may be a few bytes shorter than requested.
        private static int[] LengthsOf(IReadOnlyList<TextCurve> curves) =>
            [.. curves.SelectMany(curve => curve.Points).Select(point => (int)Math.Pow(4, Math.Round(Math.Log(point.Bytes, 4)))).Distinct().Order()];
    }
}
