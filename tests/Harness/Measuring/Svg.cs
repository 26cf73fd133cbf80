using System.Text;

namespace Thaw.Harness.Measuring;

/// <summary>Parts of charts. They have a white background of their own, so that they are readable on a dark page too.</summary>
public static class Svg
{
    /// <summary>The caller closes it with "&lt;/svg&gt;".</summary>
    public static StringBuilder Begin(int width, int height) => new StringBuilder()
        .Append($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">""").Append('\n')
        .Append($"""<rect width="{width}" height="{height}" fill="white"/>""").Append('\n');

    /// <param name="anchor">start, middle or end.</param>
    public static void Text(StringBuilder svg, double x, double y, string text, string anchor, string weight = "normal") =>
        svg.Append(Results.Text($"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}" font-weight="{weight}">{text}</text>""")).Append('\n');
}
